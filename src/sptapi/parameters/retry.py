"""The parameters of a job that is made of another: in part again, or for newer maps."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from sptapi.parameters.body import Form
from sptapi.parameters.controls import Fields, single
from sptjobs.packs.records import Status
from sptjobs.request.cutout_request import Target
from sptjobs.request.vocabulary import CLIENT_DECORATIONS, UWS_CONTROLS
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.jobs import Parameters

_SOURCES = frozenset(
    {
        "POSITIONS", "UPLOAD", "RA", "DEC", "OBJID", "CIRCLE", "POS", "SIZE", "XSIZE", "YSIZE",
        "TIME",
    }
)  # fmt: skip
_CONTROLS = CLIENT_DECORATIONS | UWS_CONTROLS
_COLUMNS = ("OBJID", "RA", "DEC", "XSIZE", "YSIZE", "TMIN", "TMAX")


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


def read_origin(fields: Fields) -> Origin | None:
    """Read RETRY_OF with STATUS, or SINCE_JOB; None when neither is given.

    Raises
    ------
    ParameterError
        Both are given, or something of the request beside them, which is the other
        job's.
    """
    retried, since = single(fields, "RETRY_OF"), single(fields, "SINCE_JOB")
    if retried is None and since is None:
        return None
    if retried is not None and since is not None:
        raise ParameterError("is given with RETRY_OF; give one", field="SINCE_JOB", value=since)
    known = _CONTROLS | ({"RETRY_OF", "STATUS"} if retried is not None else {"SINCE_JOB"})
    for name, value in fields:
        if name not in known:
            message = "is the other job's; leave it out"
            raise ParameterError(message, field=name[:64], value=value)
    if retried is not None:
        return Origin(retried, _statuses(fields))
    return Origin(since or "", None)


def origin_fields(form: Form) -> Fields:
    """Fields of a form, or of its JSON document, in which an origin may be named."""
    document = form.document or {}
    texts = {
        name.strip().upper(): ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in document.items()
        if value is not None
    }
    return (*form.fields, *texts.items())


def retry(
    job_id: str,
    before: Parameters,
    targets: Sequence[Target],
    bands: Sequence[str],
    filetypes: Sequence[str],
) -> Repeat:
    """Ask again for some of a job's targets, in some of its bands and file types."""
    own = (
        ("POSITIONS", _table(targets)),
        ("BANDS", ",".join(bands)),
        ("FILETYPE", ",".join(filetypes)),
    )
    return Repeat(job_id, before, own, _SOURCES | {"BANDS", "FILETYPE"})


def renewal(job_id: str, before: Parameters, snapshot: str) -> Repeat:
    """Ask for the same again, of maps that are newer than a snapshot."""
    return Repeat(job_id, before, (("SINCE", snapshot),), frozenset({"SINCE"}))


def _statuses(fields: Fields) -> frozenset[str]:
    words = [word for name, value in fields if name == "STATUS" for word in value.split(",")]
    for word in words:
        if word not in list(Status):
            message = f"must be one of {', '.join(Status)}"
            raise ParameterError(message, field="STATUS", value=word)
    return frozenset(words or [Status.FAILED])


def _table(targets: Sequence[Target]) -> str:
    """Write targets as the CSV that reads back as the same ones."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for t in targets:
        times = ("" if time is None else repr(time) for time in (t.tmin, t.tmax))
        writer.writerow((t.objid, repr(t.ra), repr(t.dec), repr(t.xsize), repr(t.ysize), *times))
    return out.getvalue()
