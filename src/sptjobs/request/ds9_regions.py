"""Region files of DS9: the centres of their shapes, under the frame that stands before them.

References
----------
SAOImageDS9 reference manual, "Regions": coordinate systems, shapes, properties.
"""

import re
from collections.abc import Iterator

from sptjobs.request.sky_frames import ICRS, DeclaredFrame, parse_frame
from sptjobs.request.tables import SourceColumn, SourceTable, refuse_table
from sptjobs.uws.errors import ParameterError

_FRAMES = {
    "icrs": ICRS, "fk5": parse_frame("fk5"), "j2000": parse_frame("fk5"),
    "fk4": parse_frame("fk4"), "b1950": parse_frame("fk4"),
    "galactic": parse_frame("galactic"), "ecliptic": parse_frame("ecliptic"),
}  # fmt: skip
_PIXELS = frozenset({"image", "physical", "detector", "amplifier", "linear"})
_CENTRED = frozenset(
    {"point", "circle", "box", "rotbox", "ellipse", "annulus", "elliptannulus", "boxannulus",
     "panda", "epanda", "bpanda", "text", "compass"}
)  # fmt: skip
_OTHERS = frozenset({"polygon", "line", "vector", "ruler", "projection", "segment", "composite"})
_SHAPE = re.compile(
    r"(?P<exclude>[+-]?)\s*(?:#\s*)?(?P<shape>[a-z]{1,20})\s*(?P<point>[a-z]{0,20})\s*"
    r"(?:\((?P<inside>[^()#]{0,2000})\)|(?P<bare>\s[^#]{1,2000}))",
    re.IGNORECASE,
)
_TEXT = re.compile(r"text\s*=\s*(?:\{([^{}]*)\}|\"([^\"]*)\"|'([^']*)')")
_LONGEST_LINE = 4000


def read_regions(text: str) -> SourceTable:
    """Read the shapes of a file; those without a centre are reported as rows with errors.

    The positions of one file must be in one frame: a table has one.
    """
    found = list(_shapes(text))
    frames = {frame for frame, _ in found if frame is not None and frame.is_known}
    if not found:
        refuse_table("the region file has no shape with a centre, such as circle(0.25,-57.8,2')")
    if len(frames) > 1:
        listed = " and ".join(sorted(map(str, frames)))
        refuse_table(f"the region file has positions in several frames, {listed}; save it in one")
    frame = next(iter(frames), ICRS)
    names = ("RA", "DEC") if frame.is_equatorial else ("GLON", "GLAT")
    if frame.name == "ecliptic":
        names = ("ELON", "ELAT")
    columns = (*(SourceColumn(name, frame=frame) for name in names), SourceColumn("OBJID"))
    return SourceTable(columns, iter([row for _, row in found]), "DS9 regions")


def _shapes(text: str) -> Iterator[tuple[DeclaredFrame | None, list[str] | ParameterError]]:
    frame: DeclaredFrame | None = None
    for line in text.splitlines():
        # A # begins properties, but for the few shapes that DS9 writes behind one.
        for statement in _statements(line[:_LONGEST_LINE]):
            name = statement.strip().lower()
            if name in _FRAMES:
                frame = _FRAMES[name]
            elif name in _PIXELS or re.fullmatch(r"wcs[a-z]?|tile.*", name):
                frame = DeclaredFrame(name)
            elif (row := _row(statement, frame)) is not None:
                yield frame, row


def _statements(line: str) -> list[str]:
    """Divide a line at the semicolons that stand outside of texts and comments."""
    body, mark, comment = line.partition("#")
    if not body.strip():
        return [line] if re.match(r"#\s*(text|compass)\b", line.strip(), re.IGNORECASE) else []
    *first, last = body.split(";")
    return [*first, last + mark + comment]


def _row(statement: str, frame: DeclaredFrame | None) -> list[str] | ParameterError | None:
    found = _SHAPE.match(statement.strip())
    shape = "" if found is None else found["shape"].lower()
    if found is None or shape not in _CENTRED | _OTHERS:
        return None
    inside = found["inside"] if found["inside"] is not None else found["bare"]
    numbers = [each for each in re.split(r"[,\s]+", inside.strip()) if each]
    message = _why_none(shape, found["exclude"], len(numbers), frame)
    if message:
        return ParameterError(message, field="POSITIONS", value=statement)
    label = _TEXT.search(statement)
    name = next((each for each in label.groups() if each is not None), "") if label else ""
    return [*(each.rstrip("d") for each in numbers[:2]), name.strip()]


def _why_none(shape: str, sign: str, numbers: int, frame: DeclaredFrame | None) -> str:
    """Say why a region is no target; blank where it is one."""
    if shape in _OTHERS:
        return f"a {shape} has no centre; give a point, circle, box or ellipse"
    if sign == "-":
        return "an excluded region is no target; leave it out"
    if frame is None or not frame.is_known:
        named = "no frame" if frame is None else f"the frame {frame.name!r}"
        return f"the region is in {named}; save it in fk5, icrs, fk4 or galactic"
    return "" if numbers >= 2 else "the region has no position"
