"""The parameters of a job that is made of another: in part again, or for newer maps."""

from collections.abc import Sequence
from dataclasses import dataclass

from sptapi.parameters.body import Form
from sptapi.parameters.controls import Fields, single
from sptapi.parameters.division import fields_named
from sptjobs.request.csv_lines import csv_line
from sptjobs.request.cutout_request import Target
from sptjobs.request.parameter import ParameterGroup
from sptjobs.request.vocabulary import BESIDE, PARAMETER_BY_NAME, canonical_name, names_of
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.jobs import Parameters
from sptjobs.uws.pair_status import Status

_SOURCES = names_of(ParameterGroup.TARGETS)
_ORIGIN = names_of(ParameterGroup.ORIGIN)
_REGIONS = frozenset({"POS", "CIRCLE", "POLYGON"})
_COLUMNS = ("OBJID", "RA", "DEC", "XSIZE", "YSIZE", "TMIN", "TMAX", "STACK")


@dataclass(frozen=True, slots=True)
class Origin:
    """Which job a new one is made of, and how.

    ``statuses`` are those of the rows to do again; None asks for newer maps.
    """

    job_id: str
    statuses: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """The parameters of the other job, and what takes the place of which of them."""

    job_id: str
    before: Parameters
    fields: Parameters
    replaced: frozenset[str]


def read_origin(form: Form) -> Origin | None:
    """Read RETRY_OF with STATUS, or SINCE_JOB; None when neither is given.

    Raises
    ------
    ParameterError
        Both are given, or something of the request beside them, which is the other
        job's.
    """
    fields = fields_named(form, _ORIGIN)
    retried, since = single(fields, "RETRY_OF"), single(fields, "SINCE_JOB")
    if retried is None and since is None:
        return None
    if retried is not None and since is not None:
        raise ParameterError("is given with RETRY_OF; give one", field="SINCE_JOB", value=since)
    known = BESIDE | ({"RETRY_OF", "STATUS"} if retried is not None else {"SINCE_JOB"})
    for name in _names(form):
        if name not in known:
            raise ParameterError("is the other job's; leave it out", field=name[:64])
    if retried is not None:
        return Origin(_parsed("RETRY_OF", retried), _statuses(fields))
    return Origin(_parsed("SINCE_JOB", since or ""), None)


def retry(
    job_id: str,
    before: Parameters,
    targets: Sequence[Target],
    bands: Sequence[str],
    filetypes: Sequence[str],
) -> Repeat:
    """Ask again for some of a job's targets, in some of its bands and file types."""
    regions = any(name in _REGIONS for name, _ in before)
    own = (
        *(_regions(targets) if regions else [("POSITIONS", _table(targets))]),
        ("BANDS", ",".join(bands)),
        ("FILETYPE", ",".join(filetypes)),
    )
    # The wavelengths chose these bands.
    return Repeat(job_id, before, own, _SOURCES | {"BAND", "BANDS", "FILETYPE"})


def renewal(job_id: str, before: Parameters, snapshot: str) -> Repeat:
    """Ask for the same again, of maps that are newer than a snapshot."""
    return Repeat(job_id, before, (("SINCE", snapshot),), frozenset({"SINCE"}))


def _names(form: Form) -> list[str]:
    """Names of all that a form or its document gives; the values may be large."""
    given = (name for name, value in (form.document or {}).items() if value is not None)
    return [canonical_name(name) for name in (*(name for name, _ in form.fields), *given)]


def _parsed(name: str, text: str) -> str:
    value: str = PARAMETER_BY_NAME[name].parser(text, field=name)
    return value


def _statuses(fields: Fields) -> frozenset[str]:
    words = [word for name, value in fields if name == "STATUS" for word in value.split(",")]
    return frozenset(_parsed("STATUS", word) for word in words) or frozenset({Status.FAILED})


def _regions(targets: Sequence[Target]) -> list[tuple[str, str]]:
    """Write targets that are windows of regions as those regions."""
    fields = [("POS", t.region or f"CIRCLE {t.ra!r} {t.dec!r} {t.xsize / 120!r}") for t in targets]
    first, last = targets[0].tmin, targets[0].tmax
    if first is None and last is None:
        return fields
    ends = ("-Inf" if first is None else repr(first), "+Inf" if last is None else repr(last))
    return [*fields, ("TIME", " ".join(ends))]


def _table(targets: Sequence[Target]) -> str:
    """Write targets as the CSV that reads back as the same ones."""
    columns = len(_COLUMNS) - all(t.stack is None for t in targets)
    lines = [csv_line(_COLUMNS[:columns])]
    for t in targets:
        times = ("" if time is None else repr(time) for time in (t.tmin, t.tmax))
        cells = (
            t.objid,
            repr(t.ra),
            repr(t.dec),
            repr(t.xsize),
            repr(t.ysize),
            *times,
            t.stack or "",
        )
        lines.append(csv_line(cells[:columns]))
    return "".join(lines)
