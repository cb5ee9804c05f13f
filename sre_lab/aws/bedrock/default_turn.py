"""What the model says without a script: that it is the lab's, in whatever form was asked for.

It keeps `sre-agent` with a model usable in the lab: a tool that has to be called is called with the least that its
schema takes.
"""

from __future__ import annotations

from typing import Any, Final

from sre_lab.aws.bedrock.request import ConverseRequest
from sre_lab.aws.bedrock.script import ModelTurn, ToolUse

ENGLISH: Final = "en"
SAYS: Final = "I am the model of the embedded lab. I cannot reason, so I add nothing to what the evidence shows."
DEEP: Final = 8  # of nested schemas
TAG: Final = "BCP 47"  # in the description of a string that names a language


def builtin_turn(conversation: ConverseRequest) -> ModelTurn:
    """A call where one is asked for, or where the only tool has not been called yet; else words."""
    tools = {tool["name"]: tool for tool in conversation.tools}
    tool_name = conversation.choice.get("tool", {}).get("name")
    used = any("toolUse" in block for message in conversation.messages for block in message["content"])
    if tool_name or "any" in conversation.choice or (len(tools) == 1 and not used):
        name = tool_name or list(tools)[-1]
        schema = tools[name].get("inputSchema", {}).get("json", {})
        return ModelTurn(calls=(ToolUse(tool=name, input=least(schema, schema)),))
    return ModelTurn(text=SAYS)


def least(schema: dict[str, Any], root: dict[str, Any], depth: int = 0) -> Any:
    """The smallest value that a JSON schema takes; sentences say whose they are."""
    if depth > DEEP:
        return None
    if "$ref" in schema:
        return least(_resolve(schema["$ref"], root), root, depth + 1)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            kinds = schema[key]
            return None if {"type": "null"} in kinds else least(kinds[0], root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        members = schema.get("properties", {})
        return {name: least(members.get(name, {}), root, depth + 1) for name in schema.get("required", [])}
    if kind == "array":
        return [least(schema.get("items", {}), root, depth + 1)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    says = ENGLISH if TAG in schema.get("description", "") else SAYS
    return {"boolean": False, "null": None}.get(kind, says[: schema.get("maxLength", len(says))])


def _resolve(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    node: Any = root
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part, {})
    return node if isinstance(node, dict) else {}
