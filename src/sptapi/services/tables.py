"""The tables of products that have one for the whole job."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sptapi.services.lightcurve import Curves, lightcurve, read_curves
from sptjobs.products import registry
from sptjobs.products.product import TableKind


@dataclass(frozen=True, slots=True)
class TableService:
    """How a table is read from packs and written.

    Attributes
    ----------
    read
        Opens the rows of all targets, or of the one that is named.
    write
        Writes rows in the form of that name, with what there is to say of the job and the URL of
        its out folder.
    """

    read: Callable[[Sequence[Path], str | None], Curves]
    write: Callable[[str, Mapping[str, Any], Curves, str], Iterator[bytes]]


TABLES: Mapping[str, TableService] = MappingProxyType(
    {"lightcurve": TableService(read_curves, lightcurve)}
)

_KINDS = {p.name: p.output for p in registry.PRODUCTS if isinstance(p.output, TableKind)}

registry.check_complete("tables", TABLES, _KINDS)


def forms_of(products: Iterable[str]) -> dict[str, str]:
    """Names of the table files of a job's products, and their media types."""
    forms: dict[str, str] = {}
    for product in registry.chosen(products):
        if product.name in _KINDS:
            forms |= _KINDS[product.name].forms
    return forms


def service_of(form: str) -> TableService:
    """Find the service of the table of which this is a form."""
    return next(TABLES[name] for name, kind in _KINDS.items() if form in kind.forms)
