"""What a map is: its field, band, kind, observation and dates, by header and file name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sptjobs.archive.names import NameParts, check_tag, is_observation, parse_band, parse_filetype
from sptjobs.maps.map_error import MapError


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


def identify(header: Mapping[str, object], name: NameParts) -> Identity:
    """Bring together what the header's cards and the file name say.

    Coadds are named in many ways: of their tag the header alone tells where it tells, and
    no field need be named.

    Raises
    ------
    MapError
        Something is missing from both, makes no sense, or header and name differ.
    """
    band = _agreed("BAND", _parsed(header, "BAND", parse_band), name.band)
    filetype = _agreed("FILETYPE", _parsed(header, "FILETYPE", parse_filetype), name.filetype)
    obsid = _obsid(header, name)
    field = _text(header, "FIELD") or _text(header, "OBJECT")
    season = _text(header, "SEASON")
    if not is_observation(obsid):
        # Coadds hold their tag where single observations hold a date.
        check_tag(obsid)
        return Identity(field or "", band, filetype, obsid, obsid, season, None, None)
    if field is None:
        raise MapError("FIELD is missing from the header")
    begin, end = _date(header, "DATE-BEG"), _date(header, "DATE-END")
    if end < begin:
        raise MapError(f"DATE-END {end} lies before DATE-BEG {begin}")
    return Identity(field, band, filetype, obsid, None, season, begin, end)


def _obsid(header: Mapping[str, object], name: NameParts) -> str:
    """Observation, or tag of a coadd."""
    told = _text(header, "OBS-ID") or _text(header, "OBSID")
    named = name.obsids[0] if name.obsids else None
    if told is not None and (not is_observation(told) or told in name.obsids):
        return told
    if named is not None and not is_observation(named):
        # The name of a target, perhaps: no number that could differ.
        return told or named
    return _agreed("OBS-ID", told, named)


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
        raise MapError(f"{key} is missing from the header, and the file name does not tell")
    if in_header is not None and in_name is not None and in_header != in_name:
        raise MapError(f"{key} is {in_header} in the header and {in_name} in the file name")
    return in_header or in_name or ""


def _date(header: Mapping[str, object], key: str) -> str:
    text = _text(header, key)
    if text is None:
        raise MapError(f"{key} is missing from the header")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MapError(f"{key} {text!r} of an observation is not a date") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat()
