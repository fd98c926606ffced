"""``python -m sptapi.openapi``: writes ``openapi.json`` anew."""

from pathlib import Path

from sptapi.openapi.compose import compose, written


def write_description() -> None:
    """Write the description to where the server reads it."""
    path = Path(__file__).parents[1] / "openapi.json"
    path.write_text(written(compose()), encoding="utf-8")


if __name__ == "__main__":
    write_description()
