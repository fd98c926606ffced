"""What stamps show in the pixels of their targets: values, weights, errors and signals to noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.stamps.local_noise import NoiseScale
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.map_format import OpenMap

_OF_MAP, _DERIVED = 9, 6
"""Significant digits: enough for every number of single precision, and for what has an error."""

_NAMES = ("value", "weight", "error", "snr")
_DIGITS = np.array([_OF_MAP, _OF_MAP, _DERIVED, _DERIVED])[:, None]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetScale:
    """What is known of the numbers of a map.

    Attributes
    ----------
    has_values, has_weights
        Whether the unit of its pixels is confirmed, and that of its weights besides.
    weight_unit
        The latter, None unless ``has_weights``.
    factor
        Standard deviation [unit of the map] at a weight of 1; None where that is not known.
    """

    has_values: bool
    has_weights: bool
    weight_unit: str | None
    factor: float | None

    @classmethod
    def of(cls, opened: OpenMap) -> Self:
        """Tell it of an open map. Pixels that are multiplied by their weights are no values."""
        record = opened.record
        has_values = record.unit is not None and not opened.is_weighted
        has_weights = has_values and record.has_weights and record.weight_unit is not None
        factor = NoiseScale.of(record).factor if has_weights else None
        return cls(has_values, has_weights, record.weight_unit if has_weights else None, factor)

    def facts_of_map(self) -> Mapping[str, Any]:
        """Attributes that the outcomes of all stamps of the map have alike."""
        return {} if self.weight_unit is None else {"weight_unit": self.weight_unit}

    def of_sheet(self, sheet: StampSheet) -> Mapping[str, Sequence[float | None]]:
        """Attributes of the outcomes of the stamps of a sheet, by name; empty without a unit."""
        if not self.has_values:
            return {}
        return self.of_pixels(*sheet.at_targets(), sheet.centre_covered)

    def of_stamp(self, stamp: Stamp) -> Mapping[str, float | None]:
        """The same attributes of one stamp."""
        if not self.has_values or not stamp.centre_covered:
            return {}
        (row, column), one = stamp.target_pixel, (True,)
        columns = self.of_pixels(stamp.sci[row, column][None], stamp.wgt[row, column][None], one)
        return {name: numbers[0] for name, numbers in columns.items()}

    def of_pixel(self, value: float, weight: float | None) -> Mapping[str, float]:
        """The same attributes of an observed pixel, in a tenth of the time of an array of one."""
        if not self.has_values:
            return {}
        found = {"value": _short(value, _OF_MAP)}
        if self.has_weights and weight is not None:
            found["weight"] = _short(weight, _OF_MAP)
            if self.factor is not None:
                error = self.factor / weight**0.5
                found |= {"error": _short(error, _DERIVED), "snr": _short(value / error, _DERIVED)}
        return found

    def of_pixels(
        self, values: NDArray[Any], weights: NDArray[Any], observed: Sequence[bool]
    ) -> Mapping[str, Sequence[float | None]]:
        """The same attributes of pixels, None of those that are not observed."""
        numbers = np.ones((len(_NAMES), len(values)))
        numbers[0], numbers[1] = values, np.where(observed, weights, 1.0)
        names = _NAMES[: 1 + self.has_weights]
        if self.factor is not None:
            names = _NAMES
            numbers[2] = self.factor / np.sqrt(numbers[1])
            numbers[3] = numbers[0] / numbers[2]
        columns: list[list[float | None]] = _rounded(numbers)[: len(names)].tolist()
        if not all(observed):
            seen = list(observed)
            columns = [
                [number if there else None for number, there in zip(column, seen, strict=True)]
                for column in columns
            ]
        return dict(zip(names, columns, strict=True))


def _short(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")


def _rounded(numbers: _Floats) -> _Floats:
    """Numbers of few significant digits, by rows; what has no logarithm stays as it is."""
    with np.errstate(all="ignore"):
        power = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(np.abs(numbers))))
        rounded = np.rint(numbers * power) / power
    return np.where(np.isfinite(rounded), rounded, numbers)
