"""What a map is: its field, band, kind, observation and dates, by header and file name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sptjobs.archive.names import (
    NameParts,
    check_tag,
    is_observation,
    parse_band,
    parse_filetype,
    parse_stem,
)
from sptjobs.maps.map_error import MapError
from sptjobs.maps.statement import NOTHING_STATED, Statement


@dataclass(frozen=True, slots=True)
class Identity:
    """What a map is; see ``MapRecord`` for the attributes."""

    field: str
    band: str
    filetype: str
    obsid: str
    tag: str | None
    season: str | None
    date_beg: str | None
    date_end: str | None


def identify(
    header: Mapping[str, object], map_id: str, stated: Statement = NOTHING_STATED
) -> Identity:
    """Bring together what is stated of a map, and what its header and file name say.

    What is stated counts, whatever the others say. Coadds are named in many ways: of their
    tag the header alone tells where it tells, and no field need be named. An observation of
    which something is stated, but no number, is called as its file.

    Parameters
    ----------
    map_id
        Stem of the file's name.

    Raises
    ------
    MapError
        Something is missing from all of them, makes no sense, or header and name differ.
    """
    if not stated.any_image:
        return _identified(header, map_id, stated)
    try:
        return _identified(header, map_id, stated)
    except MapError:
        return _as_stated(header, stated)


def _identified(header: Mapping[str, object], map_id: str, stated: Statement) -> Identity:
    name = parse_stem(map_id)
    band = stated.band or _agreed("BAND", _parsed(header, "BAND", parse_band), name.band)
    filetype = stated.filetype or _agreed(
        "FILETYPE", _parsed(header, "FILETYPE", parse_filetype), name.filetype
    )
    obsid = stated.tag or stated.obsid or _obsid(header, name)
    field, season = _field(header, stated), stated.season or _text(header, "SEASON")
    names_observation = obsid is not None and stated.obsid is None and stated.date_beg is None
    dates = None if names_observation else _stated_dates(header, stated)
    if obsid is None and dates is not None:
        check_tag(map_id)
        obsid = map_id
    if obsid is None:
        raise _missing("OBS-ID")
    if dates is None and stated.obsid is None and not is_observation(obsid):
        # Coadds hold their tag where single observations hold a date.
        check_tag(obsid)
        return Identity(field or "", band, filetype, obsid, obsid, season, None, None)
    if field is None:
        raise MapError("FIELD is missing from the header")
    begin, end = dates or (_date(header, "DATE-BEG"), _date(header, "DATE-END"))
    if end is not None and end < begin:
        raise MapError(f"DATE-END {end} lies before DATE-BEG {begin}")
    return Identity(field, band, filetype, obsid, None, season, begin, end)


def _as_stated(header: Mapping[str, object], stated: Statement) -> Identity:
    """What header and statement say of any image; empty where they say nothing."""
    obsid = stated.tag or stated.obsid or _text(header, "OBS-ID") or _text(header, "OBSID")
    return Identity(
        field=_field(header, stated) or "",
        band=stated.band or _text(header, "BAND") or _text(header, "FILTER") or "",
        filetype=stated.filetype or _text(header, "FILETYPE") or "",
        obsid=obsid or "",
        tag=stated.tag,
        season=stated.season or _text(header, "SEASON"),
        date_beg=stated.date_beg,
        date_end=stated.date_end,
    )


def _field(header: Mapping[str, object], stated: Statement) -> str | None:
    return stated.field or _text(header, "FIELD") or _text(header, "OBJECT")


def _stated_dates(header: Mapping[str, object], stated: Statement) -> tuple[str, str | None] | None:
    """Begin and end of an observation as stated, or as headers of any kind have them.

    None for a coadd, and where the header has to hold both: nothing is stated of the file.
    """
    if stated.tag is not None or stated == NOTHING_STATED:
        return None
    begin = stated.date_beg
    for key in ("DATE-BEG", "DATE-OBS"):
        if begin is None and _text(header, key) is not None:
            begin = _date(header, key)
    if begin is None:
        return None
    end = stated.date_end
    if end is None and stated.date_beg is None and _text(header, "DATE-END") is not None:
        end = _date(header, "DATE-END")
    return begin, end


def _obsid(header: Mapping[str, object], name: NameParts) -> str | None:
    """Observation, or tag of a coadd; None where neither header nor name tells."""
    in_header = _text(header, "OBS-ID") or _text(header, "OBSID")
    named = name.obsids[0] if name.obsids else None
    if in_header is not None and (not is_observation(in_header) or in_header in name.obsids):
        return in_header
    if named is not None and not is_observation(named):
        # The name of a target, perhaps: no number that could differ.
        return in_header or named
    return None if in_header is None and named is None else _agreed("OBS-ID", in_header, named)


def _text(header: Mapping[str, object], key: str) -> str | None:
    value = header.get(key)
    if value is None or not str(value).strip():
        return None
    return str(value).strip()


def _parsed(header: Mapping[str, object], key: str, parse: Callable[[str], str]) -> str | None:
    text = _text(header, key)
    return None if text is None else parse(text)


def _agreed(key: str, in_header: str | None, in_name: str | None) -> str:
    if in_header is None and in_name is None:
        raise _missing(key)
    if in_header is not None and in_name is not None and in_header != in_name:
        raise MapError(f"{key} is {in_header} in the header and {in_name} in the file name")
    return in_header or in_name or ""


def _missing(key: str) -> MapError:
    return MapError(
        f"{key} is missing from the header, and the file name does not tell; a [[map]] of"
        " collection.toml can"
    )


def _date(header: Mapping[str, object], key: str) -> str:
    text = _text(header, key)
    if text is None:
        raise MapError(f"{key} is missing from the header")
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError:
        raise MapError(f"{key} {text!r} of an observation is not a date") from None


def utc(moment: datetime) -> str:
    """A moment as records have it: ISO 8601 UTC without zone suffix; UTC where it has no zone."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat()
