"""A document before it is written as JSON or XML."""

from typing import Any

Tree = dict[str, Any]
