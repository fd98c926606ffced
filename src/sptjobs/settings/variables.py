"""Reading variables of the environment, one kind of value at a time."""

import re
from collections.abc import Mapping
from pathlib import Path

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}
_SIZE_FORM = "must be a number of bytes, as 5000000000, 5G or 5Gi"


class Variables:
    """The variables, and what was found to be wrong with them.

    Problems are collected, so that an operator sees all of them at once; whatever a
    wrong variable is read as is only there to go on with.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """Read a text, from its file if one is named; None as default: it must be set."""
        from_file = self._environ.get(f"{name}_FILE")
        if from_file and name in self._environ:
            self.problems.append(f"{name}: given both as itself and as {name}_FILE")
        if from_file:
            try:
                return Path(from_file).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.problems.append(f"{name}_FILE: cannot read {from_file}: {error.strerror}")
                return ""
        value = self._environ.get(name, "")
        if value:
            return value
        if default is None:
            self.problems.append(f"{name}: is not set")
            return ""
        return default

    def number(
        self, name: str, default: float, *, minimum: float, maximum: float = float("inf")
    ) -> float:
        """Read a number within bounds."""
        text = self.text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not minimum <= value <= maximum:
            upper = "" if maximum == float("inf") else f" and at most {maximum:g}"
            self.problems.append(
                f"{name}: must be a number of at least {minimum:g}{upper}, not {text!r}"
            )
            return default
        return value

    def size(self, name: str, default: str) -> int:
        """Read a number of bytes, with an optional unit."""
        text = self.text(name, default)
        size = size_in_bytes(text)
        if size is None:
            self.problems.append(f"{name}: {_SIZE_FORM}, not {text!r}")
            return 0
        return size

    def switch(self, name: str, *, default: bool = False) -> bool:
        """Read ``true`` or ``false``."""
        text = self.text(name, "true" if default else "false")
        if text not in {"true", "false"}:
            self.problems.append(f"{name}: must be true or false, not {text!r}")
        return text == "true"

    def names(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Read names that are separated by commas."""
        text = self.text(name, ",".join(default))
        return tuple(part.strip() for part in text.split(",") if part.strip())

    def folder(self, name: str) -> Path:
        """Read the path of a folder, which must be set."""
        return Path(self.text(name)).expanduser().absolute()


def size_in_bytes(text: str) -> int | None:
    """Read a number of bytes; units as Kubernetes spells them."""
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)([KMGT]i?)?", text, re.ASCII)
    return None if match is None else int(float(match[1]) * _UNITS[match[2] or ""])


def count(text: str) -> int | None:
    """Read a count of at least one."""
    return int(text) if re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII) else None
