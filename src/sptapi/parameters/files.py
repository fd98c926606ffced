"""Parameters that choose some of a job's files."""

from sptapi.parameters.controls import Fields
from sptapi.parameters.rows import ROW_FILTERS, check_names, read_row_filter
from sptjobs.packs.file_selection import Selection
from sptjobs.uws.errors import ParameterError


def read_selection(fields: Fields) -> Selection | None:
    """Read PATH, or what chooses rows; None for everything."""
    check_names(fields, ("PATH", *ROW_FILTERS))
    paths = tuple(value for name, value in fields if name == "PATH")
    filtered = [name for name, _ in fields if name != "PATH"]
    if paths and filtered:
        raise ParameterError("is given beside PATH; give one of them", field=filtered[0])
    if paths:
        return Selection(paths, None)
    return Selection((), read_row_filter(fields)) if filtered else None
