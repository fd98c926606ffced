"""The pixels of many stamps of one shape, in columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Pixels and WCS of stamps of one shape: entry n of everything is of stamp n.

    Attributes
    ----------
    sci, wgt
        Pixels and weights (n, ny, nx), floating point, of any byte order.
    wcs
        WCS cards of the first stamp.
    varying
        Values of those cards that other stamps have otherwise.
    x, y
        The places that were asked for in the stamps' pixels, from 1.
    """

    sci: NDArray[Any]
    wgt: NDArray[Any]
    wcs: Mapping[str, float | int | str | bool]
    varying: Mapping[str, Sequence[float]]
    x: Sequence[float]
    y: Sequence[float]

    def __len__(self) -> int:
        return len(self.x)

    def cards(self, number: int) -> dict[str, float | int | str | bool]:
        """WCS cards of one stamp."""
        return dict(self.wcs) | {name: values[number] for name, values in self.varying.items()}
