"""Plots of a run of the stamps part, as SVG."""

import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from tests.bench.stamp_growth import Growth
from tests.bench.stamps import Measured

_WIDE, _LEFT, _ROW, _TITLE = 760, 250, 22, 30
_PANEL, _HIGH, _LEGEND = 330, 250, 170
_COLOURS = ("#1f77b4", "#c0504d", "#2e8b57", "#8064a2", "#d58512", "#555")


def rates_svg(measured: Mapping[str, Measured]) -> str:
    """Bars of the rates of all contestants, on a logarithmic scale; lines are the rounds' range."""
    fastest = max(max(each.rates) for m in measured.values() for each in m.rates)
    slowest = min(min(each.rates) for m in measured.values() for each in m.rates)
    axis = _Axis(slowest, fastest, _LEFT, _WIDE - 90)
    parts: list[str] = []
    y = 0
    for title, each in measured.items():
        y += _TITLE
        parts.append(_text(8, y - 8, title, "start", bold=True))
        for rate in each.rates:
            low, middle, high = (axis(v) for v in (min(rate.rates), rate.rate, max(rate.rates)))
            parts += (
                _text(_LEFT - 8, y + 15, rate.what, "end"),
                _bar(y, middle, _colour(rate.what)),
                f'<path d="M{low:.1f} {y + 11}H{high:.1f}" stroke="#000"/>',
                _text(_WIDE - 84, y + 15, f"{rate.rate:,.0f}", "start"),
            )
            y += _ROW
    return _svg(_WIDE, y + 10, parts)


def growth_svg(growths: Sequence[Growth]) -> str:
    """A panel for each kind of growth, both axes logarithmic."""
    panels = [
        f'<g transform="translate({60 + number * (_PANEL + 70)} 40)">{"".join(_panel(growth))}</g>'
        for number, growth in enumerate(growths)
    ]
    return _svg(len(growths) * (_PANEL + 70) + 20, _HIGH + _LEGEND, panels)


class _Axis:
    """Places of values on a logarithmic axis."""

    def __init__(self, low: float, high: float, begin: float, end: float) -> None:
        self._low, self._high = math.floor(math.log10(low)), math.ceil(math.log10(high))
        self._high = max(self._high, self._low + 1)
        self._begin, self._end = begin, end

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._begin + share * (self._end - self._begin)

    @property
    def decades(self) -> list[float]:
        """Powers of ten on it."""
        return [10.0**power for power in range(self._low, self._high + 1)]


def _panel(growth: Growth) -> Iterator[str]:
    rates = [rate.rate for row in growth.rates.values() for rate in row.values()]
    up = _Axis(min(rates), max(rates), _HIGH, 0)
    places = {
        name: _PANEL * (number + 0.5) / len(growth.columns)
        for number, name in enumerate(growth.columns)
    }
    yield _text(0, -16, f"{growth.title}: stamps/s", "start", bold=True)
    yield f'<path d="M0 0V{_HIGH}H{_PANEL}" fill="none" stroke="#000"/>'
    for decade in up.decades:
        yield f'<path d="M0 {up(decade):.1f}H{_PANEL}" stroke="#ddd"/>'
        yield _text(-6, up(decade) + 4, f"{decade:,.0f}", "end")
    for name, x in places.items():
        yield _text(x, _HIGH + 16, name.removeprefix("N = "), "middle")
    for number, (what, row) in enumerate(growth.rates.items()):
        points = [(places[name], up(rate.rate)) for name, rate in row.items()]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        colour = _COLOURS[number % len(_COLOURS)]
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in points:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        y = _HIGH + 36 + 16 * number
        yield f'<path d="M0 {y - 4}H20" stroke="{colour}" stroke-width="3"/>'
        yield _text(26, y, what, "start")


def _colour(what: str) -> str:
    """Ours, floors, and other tools."""
    if what.startswith(("native", "TAN")):
        return _COLOURS[0]
    return "#aaa" if what.startswith("merely") else _COLOURS[1]


def _bar(y: float, end: float, colour: str) -> str:
    place = f'x="{_LEFT}" y="{y + 3}" width="{end - _LEFT:.1f}" height="16"'
    return f'<rect {place} fill="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )
