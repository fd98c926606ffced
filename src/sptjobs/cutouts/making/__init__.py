"""The making of each product, one module a product."""
