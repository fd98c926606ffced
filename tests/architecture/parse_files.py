"""Reads TOML, YAML and JSON files and names those that cannot be read."""

import json
import sys
import tomllib
from pathlib import Path

import yaml


def problem(path: Path) -> str | None:
    """What is wrong with the file, None when it can be read."""
    text = path.read_text(encoding="utf-8")
    try:
        match path.suffix:
            case ".toml":
                tomllib.loads(text)
            case ".json":
                json.loads(text)
            case ".yaml" | ".yml":
                list(yaml.safe_load_all(text))
    except (ValueError, yaml.YAMLError) as error:
        return f"{path}: {error}"
    return None


def main() -> int:
    """Check the files that the arguments name."""
    problems = [said for name in sys.argv[1:] if (said := problem(Path(name)))]
    sys.stderr.write("".join(f"{said}\n" for said in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
