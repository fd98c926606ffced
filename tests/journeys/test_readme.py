"""The README's commands, run as they stand there."""

import json
import re
import tarfile
from pathlib import Path

from tests.support.pasting import block, paste, run_python
from tests.support.service import Service

README = Path(__file__).parents[2] / "README.md"


def run(service: Service, folder: Path, *names: str) -> str:
    """Run blocks of the README in a folder, where var/token is, as after `make run`."""
    (folder / "var").mkdir()
    (folder / "var/token").write_text(service.stack.token + "\n")
    script = "\n".join(block(README, name) for name in names)
    script = script.replace("http://127.0.0.1:8080", service.stack.url)
    return paste(script, folder, timeout_s=120)


def test_the_curl_journey_in_xml_ends_with_stamps(service: Service, tmp_path: Path) -> None:
    said = run(service, tmp_path, "the service", "the table", "xml")
    assert re.search(r"<uws:phase>COMPLETED</uws:phase>", said)
    with tarfile.open(tmp_path / "stamps.tar") as members:
        names = members.getnames()
    assert [name for name in names if name.split("/")[1] == "SPT-CLJ0000-5748"]
    assert set(names) <= set(said.splitlines())


def test_the_curl_journey_in_json_ends_with_stamps(service: Service, tmp_path: Path) -> None:
    said = run(service, tmp_path, "the service", "json")
    assert json.loads(said[said.index("{") :])["phase"] == "COMPLETED"
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert {row["band"] for row in manifest["rows"]} == {"90GHz", "150GHz"}
    with tarfile.open(tmp_path / "stamps.tar") as members:
        suffixes = {Path(name).suffix for name in members.getnames()}
    assert {".fits", ".png"} <= suffixes


def test_the_pyvo_journey_ends_with_results(service: Service, tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    (tmp_path / "var").mkdir()
    (tmp_path / "var/token").write_text(service.stack.token + "\n")
    program = found[1].replace("http://127.0.0.1:8080", service.stack.url)
    said = run_python(program, tmp_path)
    assert said.startswith("COMPLETED")
    assert "/results/result" in said
