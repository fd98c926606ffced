"""What the service says of itself to the Virtual Observatory's programs.

References
----------
VOSI 1.1, sections 2 and 3; VOResource 1.1, section 3; SODA 1.0, SIA 2.0, DataLink 1.1 and
DALI 1.1 for the standards' identifiers.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from sptapi.representations.times import render_time

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CAPABILITIES = (
    '<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0"'
    ' xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)
_AVAILABILITY = '<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">'


@dataclass(frozen=True, slots=True)
class Capability:
    """A standard that is spoken at an address.

    Attributes
    ----------
    standard_id
        As the standard itself gives it.
    path
        Of the route, below the base path.
    """

    standard_id: str
    path: str


CAPABILITIES: Final = (
    Capability("ivo://ivoa.net/std/SODA#sync-1.0", "/api/v1/cutout/sync"),
    Capability("ivo://ivoa.net/std/SODA#async-1.0", "/api/v1/cutout/async"),
    Capability("ivo://ivoa.net/std/DALI#examples", "/api/v1/cutout/examples"),
    Capability("ivo://ivoa.net/std/SIA#query-2.0", "/api/v1/sia"),
    Capability("ivo://ivoa.net/std/DataLink#links-1.1", "/api/v1/links"),
    Capability("ivo://ivoa.net/std/hips#hipslist-1.0", "/hips/hipslist"),
)
"""The one table of what is declared; an address that is no route is left out."""


def capabilities_xml(base: str, folder: str, served: Collection[str]) -> bytes:
    """List the standards that the service speaks, and where.

    Parameters
    ----------
    base
        URL that the service's paths are below.
    folder
        Path of what is described: ``capabilities`` and ``availability`` stand in it.
    served
        Paths of all routes.

    Notes
    -----
    URLs are declared as a base: as full ones, pyvo would take a job's address for another
    service's and send it no credentials. No security method is declared, for the same reason;
    the response's WWW-Authenticate headers tell how to sign in.
    """
    own = (
        Capability("ivo://ivoa.net/std/VOSI#capabilities", f"{folder}/capabilities"),
        Capability("ivo://ivoa.net/std/VOSI#availability", f"{folder}/availability"),
    )
    declared = (each for each in (*own, *CAPABILITIES) if each.path in served)
    inner = "".join(_capability(each, base) for each in declared)
    return f"{_DECLARATION}{_CAPABILITIES}{inner}</vosi:capabilities>\n".encode()


def availability_xml(status: Mapping[str, Any], up_since: datetime | None) -> bytes:
    """Say whether the service can be used now, and what users should know.

    Parameters
    ----------
    status
        As :func:`sptapi.services.health.current_status` gives it.
    up_since
        When it last became usable; None while it is not.
    """
    times = [] if up_since is None else [("upSince", render_time(up_since))]
    notes = [("note", note) for note in _notes(status)]
    children = [("available", "true" if status["ok"] else "false"), *times, *notes]
    inner = "".join(f"<vosi:{name}>{escape(text)}</vosi:{name}>" for name, text in children)
    return f"{_DECLARATION}{_AVAILABILITY}{inner}</vosi:availability>\n".encode()


def _capability(capability: Capability, base: str) -> str:
    return (
        f'<capability standardID="{capability.standard_id}">'
        '<interface xsi:type="vs:ParamHTTP" role="std">'
        f'<accessURL use="base">{escape(base + capability.path)}</accessURL>'
        "</interface></capability>"
    )


def _notes(status: Mapping[str, Any]) -> Iterable[str]:
    if status["maintenance"] is not None:
        yield status["maintenance"]["message"]
    for notice in status["notices"]:
        yield f"{notice['message']}. {notice['effect']}"
