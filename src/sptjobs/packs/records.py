"""The lines of a pack's index files."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from json.encoder import encode_basestring_ascii
from math import isfinite
from operator import attrgetter
from typing import Any, Self

from sptjobs.compiled.loops import compiled_loops, number_texts

Content = bytes | memoryview
"""Bytes of a file."""

_ENCODER = json.JSONEncoder(separators=(",", ":"))
_TEXTS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    float: lambda value: float.__repr__(value) if isfinite(value) else _ENCODER.encode(value),
    str: encode_basestring_ascii,
}
"""How values of each type are written: what the encoder does, without its preparations."""


class _Line:
    """A dataclass that is written as one line of canonical JSON."""

    def to_line(self) -> str:
        """One line of JSON without its line end."""
        kind: Any = type(self)
        template, values = _writing(kind)
        return template % tuple(
            [_TEXTS.get(type(value), _ENCODER.encode)(value) for value in values(self)]
        )

    def changed(self, **values: Any) -> Self:
        """The same with other values of some attributes."""
        return type(self)(**self._values() | values)

    def _values(self) -> dict[str, Any]:
        # Values are plain: asdict would copy them one by one, at ten times the cost.
        kind: Any = type(self)
        return dict(zip(_names(kind), _writing(kind)[1](self), strict=True))

    @classmethod
    def from_line(cls, line: str | bytes) -> Self:
        """Read what ``to_line`` wrote; what a later release added is passed over."""
        values = json.loads(line)
        if not isinstance(values, dict):
            raise TypeError("a line must be an object")
        try:
            return cls(**values)
        except TypeError:
            known = {each.name for each in fields(cls)}  # type: ignore[arg-type]
            return cls(**{name: value for name, value in values.items() if name in known})


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


@cache
def _writing(kind: Any) -> tuple[str, Callable[[Any], tuple[Any, ...]]]:
    """A line of JSON of a dataclass with places for its values, and what gives these."""
    names: tuple[str, ...] = _names(kind)
    return "{" + ",".join(f'"{name}":%s' for name in names) + "}", attrgetter(*names)


def lines_of(
    kind: type[_Line], count: int, alike: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]
) -> list[str]:
    """The lines that ``to_line`` gives of many records of one kind.

    Parameters
    ----------
    alike, columns
        Attributes that all have alike, and those that each has for itself; others have their
        defaults.
    """
    template, texts = [], []
    for each in fields(kind):  # type: ignore[arg-type]
        written: str | list[str]
        if each.name in columns:
            written = _column_texts(columns[each.name])
        else:
            written = _text(alike.get(each.name, each.default))
        if isinstance(written, list):
            texts.append(written)
        template.append(f'"{each.name}":{_escaped(written) if isinstance(written, str) else "%s"}')
    line = "{" + ",".join(template) + "}"
    return [line % row for row in zip(*texts, strict=True)] if texts else [line % ()] * count


def ended_lines_of(
    kind: type[_Line], count: int, alike: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]
) -> bytes:
    """The same lines as a file has them."""
    loops = compiled_loops()
    if loops is None or not columns:
        return "\n".join((*lines_of(kind, count, alike, columns), "")).encode()
    pieces, values, piece = [], [], "{"
    for each in fields(kind):  # type: ignore[arg-type]
        piece += f'"{each.name}":'
        if each.name in columns:
            pieces.append(piece)
            values.append(list(columns[each.name]))
            piece = ","
        else:
            piece += _text(alike.get(each.name, each.default)) + ","
    pieces.append(piece[:-1] + "}\n" if piece != "," else "}\n")
    return bytes(loops.json_rows(pieces, values, _text))


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _text(value: Any) -> str:
    return _TEXTS.get(type(value), _ENCODER.encode)(value)


def _column_texts(values: Sequence[Any]) -> str | list[str]:
    """How the values of a column are written; one text where all are written alike."""
    kinds = set(map(type, values))
    if len(kinds) != 1:
        return list(map(_text, values))
    first = values[0]
    # Zeros are equal whatever their sign, and NaN is not even equal to itself.
    if first is None or (first and values.count(first) == len(values)):
        return _text(first)
    # Where a sum is finite, so is each of its numbers.
    if kinds == {float} and (isfinite(sum(values)) or all(map(isfinite, values))):
        return number_texts(values)
    return list(map(_TEXTS.get(kinds.pop(), _ENCODER.encode), values))


@dataclass(frozen=True, slots=True)
class PackedFile(_Line):
    """One member of ``pack.tar``.

    ``name`` is the path below the job's ``out`` folder, ``offset`` the first byte
    of the member's content in ``pack.tar``, ``product`` is ``fits``, ``preview`` or
    ``request``.
    """

    name: str
    offset: int
    size: int
    sha256: str
    media_type: str
    product: str


@dataclass(frozen=True, slots=True)
class Outcome(_Line):
    """One row of the manifest: a target, a map, and what became of them.

    Attributes
    ----------
    target
        Index of the target in the request, from 0.
    ra, dec
        The target [deg, ICRS].
    xsize, ysize
        Size asked for [arcmin].
    status
        A value of ``Status``; ``reason`` explains every one but ``ok``.
    covered
        Observed fraction of the stamp's pixels, 0 to 1; None without a stamp.
    centre_covered
        Whether the pixel that holds the target is observed.
    targ_x, targ_y
        The target in the stamp's FITS pixels (first pixel's centre is 1).
    north
        Direction of north at the target: position angle from the stamp's +y axis,
        counter-clockwise (towards -x) [deg].
    file, size, sha256
        Path below the job's ``out`` folder, bytes and checksum of the FITS stamp.
    preview
        Path of the preview picture, where one was asked for.
    preview_range, sigma
        Value of the last of the picture's colours (``sptjobs.cutouts.stamps.picture.Preview``),
        and robust standard deviation of the observed pixels [unit].
    stem
        Name of the target's folder, which its files' names begin with; None in rows of
        a release in which it always was ``objid``.
    unit, beam, pixel_scale
        Unit of the pixels, None unless it was confirmed; beam (FWHM) and side of a
        pixel [arcmin].
    rms, depth, depth_5sigma, uniformity
        The stamp's noise, where it was asked for: standard deviation of its observed pixels
        without what stands out and by its median weight [unit], five of the latter for point
        sources [mJy], and smallest over largest weight.
    coadd
        Path of the coadd that the stamp is in, where coadds were asked for.
    difference, in_coadd
        Path of the stamp minus a coadd, and whether the stamp is a part of that coadd.
    mosaic
        Path of the mosaic that the stamp is in, where mosaics were asked for.
    stack
        Path of the stack that the stamp is in, where stacks were asked for.
    cube, animation
        Paths of the cube and of the animation that the stamp is in, where they were asked for.
    colour, colour_channel
        Path of the colour picture that the stamp is in, and as which of ``red``, ``green`` and
        ``blue``.
    value, weight
        The stamp at the pixel that holds the target: its value [unit] and its weight
        [weight_unit]. None where that pixel is not observed, or the unit not confirmed.
    error, snr
        Standard deviation of the value by its weight and the map's own noise [unit], and the
        value over it. None where the weights are not known to be inverse variances.
    weight_unit
        Unit of the weights, None unless it was confirmed.
    """

    target: int
    objid: str
    ra: float
    dec: float
    xsize: float
    ysize: float
    map_id: str
    band: str
    filetype: str
    obsid: str
    date_beg: str | None
    status: str
    reason: str | None = None
    covered: float | None = None
    centre_covered: bool | None = None
    targ_x: float | None = None
    targ_y: float | None = None
    north: float | None = None
    file: str | None = None
    size: int | None = None
    sha256: str | None = None
    preview: str | None = None
    preview_range: float | None = None
    sigma: float | None = None
    unit: str | None = None
    beam: float | None = None
    pixel_scale: float | None = None
    stem: str | None = None
    rms: float | None = None
    depth: float | None = None
    depth_5sigma: float | None = None
    uniformity: float | None = None
    coadd: str | None = None
    difference: str | None = None
    in_coadd: bool | None = None
    mosaic: str | None = None
    stack: str | None = None
    cube: str | None = None
    animation: str | None = None
    colour: str | None = None
    colour_channel: str | None = None
    value: float | None = None
    weight: float | None = None
    error: float | None = None
    snr: float | None = None
    weight_unit: str | None = None


Row = Outcome | bytes
"""An outcome, or its line of JSON, which has every attribute in order."""
