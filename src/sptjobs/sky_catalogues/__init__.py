"""Catalogues of objects that the operator lays over the sky, each a table and a TOML."""
