"""VOTables that are written while they are read, with descriptors of services behind them.

References
----------
VOTable 1.4; DALI 1.1, sections 4.2 (errors), 4.4.1 (status) and 4.4.2; DataLink 1.1,
section 4 (service descriptors).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from sptjobs.packs.forms import xml_text

CONTENT_TYPE: Final = "application/x-votable+xml"

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
)


@dataclass(frozen=True, slots=True)
class TableField:
    """A column of a table; texts are of any length."""

    name: str
    datatype: str
    description: str
    ucd: str | None = None
    unit: str | None = None
    utype: str | None = None
    xtype: str | None = None
    arraysize: str | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter that a service takes.

    Attributes
    ----------
    value
        What has to be sent; empty where the client chooses.
    ref
        Column whose values are sent.
    minimum, maximum, options
        What may be sent.
    """

    field: TableField
    value: str = ""
    ref: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Descriptor:
    """How a service is called: the address, and its parameters."""

    id: str
    description: str
    standard_id: str
    access_url: str
    content_type: str
    inputs: Sequence[Input]


def table_head(name: str, facts: Mapping[str, str], fields: Iterable[TableField]) -> bytes:
    """Begin a document and its one table; the facts are INFO elements."""
    infos = "".join(info(key, value) for key, value in {"QUERY_STATUS": "OK", **facts}.items())
    columns = "".join(map(_field, fields))
    return (
        f'{_HEAD}<RESOURCE type="results">\n{infos}'
        f"<TABLE name={quoteattr(name)}>\n{columns}<DATA><TABLEDATA>\n"
    ).encode()


def table_tail(*, overflow: bool, descriptors: Iterable[Descriptor] = ()) -> bytes:
    """End the table and the document; with OVERFLOW where rows are missing."""
    status = info("QUERY_STATUS", "OVERFLOW") if overflow else ""
    services = "".join(map(_descriptor, descriptors))
    return f"</TABLEDATA></DATA>\n</TABLE>\n{status}</RESOURCE>\n{services}</VOTABLE>\n".encode()


def error_document(message: str) -> bytes:
    """Say that a query failed, and why."""
    status = f'<INFO name="QUERY_STATUS" value="ERROR">{escape(xml_text(message))}</INFO>\n'
    return f'{_HEAD}<RESOURCE type="results">\n{status}</RESOURCE>\n</VOTABLE>\n'.encode()


def info(name: str, value: str) -> str:
    """Write an INFO element."""
    return f"<INFO name={quoteattr(xml_text(name))} value={quoteattr(xml_text(value))}/>\n"


def _attributes(field: TableField) -> str:
    given: dict[str, Any] = {"datatype": field.datatype, "arraysize": field.arraysize}
    if field.datatype in {"char", "unicodeChar"} and field.arraysize is None:
        given["arraysize"] = "*"
    given |= {name: getattr(field, name) for name in ("ucd", "unit", "utype", "xtype")}
    return " ".join(f"{name}={quoteattr(value)}" for name, value in given.items() if value)


def _field(field: TableField) -> str:
    name = quoteattr(field.name)
    described = f"<DESCRIPTION>{escape(field.description)}</DESCRIPTION>"
    return f"<FIELD name={name} ID={name} {_attributes(field)}>{described}</FIELD>\n"


def _descriptor(service: Descriptor) -> str:
    said = {
        "standardID": service.standard_id,
        "accessURL": service.access_url,
        "contentType": service.content_type,
    }
    params = "".join(
        f'<PARAM name="{name}" datatype="char" arraysize="*" value={quoteattr(value)}/>\n'
        for name, value in said.items()
    )
    name = quoteattr(service.id)
    return (
        f'<RESOURCE type="meta" utype="adhoc:service" ID={name} name={name}>\n'
        f"<DESCRIPTION>{escape(xml_text(service.description))}</DESCRIPTION>\n{params}"
        f'<GROUP name="inputParams">\n{"".join(map(_input, service.inputs))}</GROUP>\n</RESOURCE>\n'
    )


def _input(parameter: Input) -> str:
    field = parameter.field
    ref = "" if parameter.ref is None else f" ref={quoteattr(parameter.ref)}"
    bounds = "".join(
        f"<{name} value={quoteattr(value)}/>"
        for name, value in (("MIN", parameter.minimum), ("MAX", parameter.maximum))
        if value is not None
    )
    options = "".join(f"<OPTION value={quoteattr(value)}/>" for value in parameter.options)
    values = f"<VALUES>{bounds}{options}</VALUES>" if bounds or options else ""
    return (
        f"<PARAM name={quoteattr(field.name)} {_attributes(field)} "
        f"value={quoteattr(parameter.value)}{ref}>"
        f"<DESCRIPTION>{escape(field.description)}</DESCRIPTION>{values}</PARAM>\n"
    )
