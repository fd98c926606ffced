"""A product that is declared has all its parts, or nothing starts."""

import subprocess
import sys
from dataclasses import fields
from typing import Any

import pytest

from sptapi.services.tables import TABLES
from sptjobs.cutouts.making.makers import MAKERS
from sptjobs.products import registry
from sptjobs.products.product import Asked, FileKind, Needs, Product, TableKind

NOISE = """
from dataclasses import replace
from types import MappingProxyType
from sptjobs.products import registry

noise = replace(registry.BY_NAME[{model!r}], name="noise")
registry.PRODUCTS = (*registry.PRODUCTS, noise)
registry.BY_NAME = MappingProxyType({{each.name: each for each in registry.PRODUCTS}})
import {module}
"""


@pytest.mark.parametrize(
    ("model", "module"),
    [
        ("fits", "sptjobs.cutouts.making.makers"),
        ("lightcurve", "sptjobs.cutouts.making.makers"),
        ("fits", "sptjobs.execution.child.work"),
        ("lightcurve", "sptapi.services.tables"),
    ],
)
def test_a_product_without_its_making_or_its_table_stops_the_process_at_import(
    model: str, module: str
) -> None:
    program = NOISE.format(model=model, module=module)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"RegistryError" in done.stderr
    assert b"missing for ['noise']" in done.stderr


def test_every_product_has_its_maker_and_every_one_with_a_table_its_service() -> None:
    assert MAKERS.keys() == registry.BY_NAME.keys()
    tables = {each.name for each in registry.PRODUCTS if isinstance(each.output, TableKind)}
    assert TABLES.keys() == tables


def test_a_table_by_product_has_exactly_the_declared_ones() -> None:
    registry.check_complete("makers", ["a", "b"], ["b", "a"])
    for names in (["a"], ["a", "b", "c"], []):
        with pytest.raises(registry.RegistryError, match="makers"):
            registry.check_complete("makers", names, ["a", "b"])


@pytest.mark.parametrize("missing", [each.name for each in fields(Product)][:7])
def test_a_declaration_without_one_of_its_parts_is_refused(missing: str) -> None:
    parts: dict[str, Any] = {
        each.name: getattr(registry.PRODUCTS[0], each.name) for each in fields(Product)
    }
    del parts[missing]
    with pytest.raises(TypeError, match=missing):
        Product(**parts)


def test_products_are_chosen_in_the_order_of_the_manifest() -> None:
    names = [product.name for product in registry.PRODUCTS]
    assert [product.name for product in registry.chosen(reversed(names))] == names
    assert registry.chosen(["of a later release"]) == ()


def test_stamps_are_needed_by_whatever_needs_the_pixels_around_a_target() -> None:
    for product in registry.PRODUCTS:
        assert registry.needs_stamps([product.name]) == (product.needs is Needs.STAMP)
    assert registry.needs_stamps(registry.DEFAULT)
    assert not registry.needs_stamps([])


@pytest.mark.parametrize("product", registry.PRODUCTS, ids=lambda product: product.name)
def test_a_declaration_holds_together(product: Product) -> None:
    assert product.summary
    assert not product.summary.endswith(".")
    if isinstance(product.output, FileKind):
        assert "." in product.output.suffix
        assert 0 < product.output.size_bytes(1) <= product.output.size_bytes(10_000)
    else:
        assert isinstance(product.output, TableKind)
        assert all(form.startswith(f"{product.name}.") for form in product.output.forms)
    asked = Asked((product.name,), (), ("a", "b", "c"), observations=True)
    assert list(product.check(asked)) == []
    assert list(product.warn(())) == []
