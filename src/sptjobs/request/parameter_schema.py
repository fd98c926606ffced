"""The parameters as plain data: JSON Schema, for the description of the API."""

from collections.abc import Iterable
from typing import Any

from sptjobs.request.parameter import JsonType, Occurs, Parameter
from sptjobs.request.parameter_table import PARAMETERS

_TYPES = {
    JsonType.TEXT: ["string"],
    JsonType.NUMBER: ["number", "string"],
    JsonType.INTEGER: ["integer", "string"],
    JsonType.BOOLEAN: ["boolean", "string"],
    JsonType.LIST: ["string", "array"],
    JsonType.CIRCLES: ["string", "array"],
    JsonType.POLYGONS: ["string", "array"],
    JsonType.INTERVAL: ["string", "array"],
    JsonType.INTERVALS: ["string", "array"],
    JsonType.TABLE: ["string", "array"],
}


def parameter_schemas(parameters: Iterable[Parameter] = PARAMETERS) -> dict[str, dict[str, Any]]:
    """Give the JSON Schema of each parameter by its name, as forms and JSON documents have it."""
    return {each.name: _schema(each) for each in parameters}


def _schema(parameter: Parameter) -> dict[str, Any]:
    types = _TYPES[parameter.json_type]
    schema: dict[str, Any] = {
        "type": types if len(types) > 1 else types[0],
        "description": parameter.documentation + _occurrence(parameter),
    }
    if parameter.json_type is JsonType.TABLE:
        schema["items"] = {"type": "object"}
    if len(parameter.options) == 1:
        schema["const"] = parameter.options[0]
    elif parameter.options and parameter.occurs is Occurs.ONCE:
        schema["enum"] = list(parameter.options)
    if parameter.string_format is not None:
        schema["format"] = parameter.string_format
    if parameter.max_length is not None:
        schema["maxLength"] = parameter.max_length
    if parameter.example is not None and parameter.json_type in {JsonType.TEXT, JsonType.LIST}:
        schema["example"] = parameter.example
    return schema


def _occurrence(parameter: Parameter) -> str:
    match parameter.occurs:
        case Occurs.ONCE:
            return ""
        case Occurs.REPEATED:
            return " Repeatable."
        case Occurs.LISTED:
            return " Several with commas, or repeated."
