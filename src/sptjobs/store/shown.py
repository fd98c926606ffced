"""What a job's document shows of its parameters and its request.

Both may hold a table of 100,000 targets, and documents are read many times a
second: what they show is noted once, when the parameters are set.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

LONGEST_SHOWN = 4096
"""Characters of a value; a longer one is referred to."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Parameters with None for each value that is too long, and the kinds of products."""

    parameters: tuple[tuple[str, str | None], ...]
    products: tuple[str, ...]

    @classmethod
    def of(cls, parameters: Sequence[tuple[str, str]], products: Sequence[str]) -> Self:
        """Note what is shown of a job."""
        short = tuple(
            (name, value if len(value) <= LONGEST_SHOWN else None) for name, value in parameters
        )
        return cls(short, tuple(products))

    def to_json(self) -> str:
        """Encode for the job's row."""
        return json.dumps([self.parameters, self.products], separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote."""
        parameters, products = json.loads(text)
        return cls(tuple((name, value) for name, value in parameters), tuple(products))
