"""Composes ``sptapi/openapi.json`` of the route table and one file a resource."""
