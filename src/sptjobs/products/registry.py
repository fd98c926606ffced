"""The products that there are, in the order of the manifest."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sptjobs.products import (
    animation,
    coadd,
    colour,
    cube,
    difference,
    fits,
    lightcurve,
    mosaic,
    preview,
    stack,
)
from sptjobs.products.product import Needs, Product


class RegistryError(Exception):
    """A product is declared without something that it needs, or twice: a mistake in the code."""


PRODUCTS: tuple[Product, ...] = (
    fits.PRODUCT,
    preview.PRODUCT,
    lightcurve.PRODUCT,
    coadd.PRODUCT,
    difference.PRODUCT,
    mosaic.PRODUCT,
    stack.PRODUCT,
    cube.PRODUCT,
    animation.PRODUCT,
    colour.PRODUCT,
)
"""All products, in the order in which the manifest and the results name them."""

BY_NAME: Mapping[str, Product] = MappingProxyType({each.name: each for each in PRODUCTS})

DEFAULT = (fits.PRODUCT.name,)
"""What a request that names none asks for."""

if len(BY_NAME) < len(PRODUCTS):
    raise RegistryError(f"a product is declared twice: {[each.name for each in PRODUCTS]}")


def chosen(names: Iterable[str]) -> tuple[Product, ...]:
    """Find products by their names, in the order of the manifest; unknown names are left out.

    A job of a later release may have a product that this one does not know.
    """
    asked = set(names)
    return tuple(product for product in PRODUCTS if product.name in asked)


def needs_stamps(names: Iterable[str]) -> bool:
    """Whether any of these products needs the pixels around the targets."""
    return any(product.needs is Needs.STAMP for product in chosen(names))


def is_across_maps(names: Iterable[str]) -> bool:
    """Whether any of these products is made of all maps of a target."""
    return any(product.across_maps for product in chosen(names))


def keeps_stamps(names: Iterable[str]) -> bool:
    """Whether any of these products keeps the stamps of a target until all are cut."""
    return any(product.keeps_stamps for product in chosen(names))


def is_across_targets(names: Iterable[str]) -> bool:
    """Whether any of these products is made of all targets of a job."""
    return any(product.across_targets for product in chosen(names))


def check_complete(what: str, names: Iterable[str], needed: Iterable[str]) -> None:
    """Refuse a table by product that lacks a product, or has one that is not declared.

    Raises
    ------
    RegistryError
        Names the products, and what of theirs is missing or too much.
    """
    there, expected = set(names), set(needed)
    if there != expected:
        missing, unknown = sorted(expected - there), sorted(there - expected)
        raise RegistryError(f"{what}: missing for {missing}, undeclared {unknown}")
