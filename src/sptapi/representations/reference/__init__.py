"""The reference of the REST API as a page, made of its OpenAPI description."""
