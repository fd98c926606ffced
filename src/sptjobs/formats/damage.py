"""What reading a damaged file raises, as one error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from sptjobs.maps.map_error import MapError


@contextmanager
def damage_named() -> Iterator[None]:
    """Turn whatever reading a file raises into a ``MapError``.

    Damaged headers, tables and compressed pixels make readers fail in any way: also by
    an attribute that is missing, or by asking for more memory than there is.
    """
    try:
        yield
    except MapError:
        raise
    except MemoryError as error:
        raise MapError("the map file is damaged: reading it takes too much memory") from error
    except OSError as error:
        why = error.strerror or "is not readable in its format"
        raise MapError(f"the map file cannot be read: {why}") from error
    except Exception as error:
        raise MapError(f"the map file is damaged: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
