"""The reference of the REST API as pages, made of its OpenAPI description."""
