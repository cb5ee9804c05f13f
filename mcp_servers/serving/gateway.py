"""A server's tools as AgentCore Gateway takes them for a target whose tools it does not ask the server for.

Gateway's schemas have types, properties, items, what is required, and descriptions; nothing else. What a schema says
beyond that is moved into words, or left to the server, which checks every argument anyway.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import anyio
from mcp.server import MCPServer
from mcp_types import Tool

SEPARATOR: Final = "___"  # between the target's name and the tool's
NAME_CHARACTERS: Final = 256  # of both together
INLINE_BYTES: Final = 1_000_000  # of a target's tools in a request; 10 MB in S3
Schema = Mapping[str, Any]


def tool_definitions(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """`inlinePayload` of a target's `toolSchema`, which may stand in S3 as well."""
    return [
        {
            "name": tool.name,
            "description": " ".join((tool.description or "").split()),
            "inputSchema": _definition(tool.input_schema, tool.input_schema.get("$defs", {})),
        }
        for tool in tools
    ]


def print_tools(server: MCPServer[Any]) -> None:
    """To standard output, as JSON."""
    json.dump(tool_definitions(anyio.run(server.list_tools)), sys.stdout, indent=1)
    sys.stdout.write("\n")


def _definition(schema: Schema, models: Mapping[str, Schema]) -> dict[str, Any]:
    one = _single(schema, models)
    result: dict[str, Any] = {"type": one["type"]}
    if words := _words(schema, one):
        result["description"] = words
    if properties := one.get("properties"):
        result["properties"] = {name: _definition(part, models) for name, part in properties.items()}
        result["required"] = [name for name in one.get("required", ()) if name in properties]
    if one["type"] == "array":
        result["items"] = _definition(one.get("items") or {"type": "string"}, models)
    return result


def _single(schema: Schema, models: Mapping[str, Schema]) -> Schema:
    """The schema itself, of what it refers to, or of one of its alternatives: a text where there are several, because
    the server reads numbers from it too."""
    if "$ref" in schema:
        return _single(models[str(schema["$ref"]).rpartition("/")[2]], models)
    if "anyOf" not in schema:
        return schema if "type" in schema else {**schema, "type": "object"}
    alternatives = [one for one in schema["anyOf"] if one.get("type") != "null"]
    if len(alternatives) == 1:
        return _single(alternatives[0], models)
    texts = [one for one in alternatives if one.get("type") == "string"]
    return _single((texts or alternatives)[0], models)


def _words(schema: Schema, one: Schema) -> str:
    """The description, with the values that may be given and the one that stands for none."""
    words = [str(schema.get("description") or one.get("description") or "")]
    values = one.get("enum") or (one.get("items") or {}).get("enum") or ()
    if values:
        words.append(f"One of: {', '.join(map(str, values))}.")
    if (default := schema.get("default")) not in (None, "", [], {}, False):
        words.append(f"Default: {default}.")
    return " ".join(word for word in words if word)
