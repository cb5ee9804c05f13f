"""What the bindings do not say: statements of firewall rules, which contain themselves, and providers besides AWS.

From the documentation of hashicorp/aws 6.25 (`wafv2_web_acl`) and hashicorp/archive 2.7 (`archive_file`), as far as the
modules use them.
"""

from __future__ import annotations

from typing import Any, Final

Block = dict[str, Any]


def _block(required: dict[str, str], blocks: dict[str, Block] | None = None, optional: tuple[str, ...] = ()) -> Block:
    attributes: dict[str, Any] = {name: {"type": kind, "required": True} for name, kind in required.items()}
    attributes |= {name: {"type": "string", "optional": True, "computed": True} for name in optional}
    nested = {
        name: {"nesting": "list", "block": block, "required": False, "one": False}
        for name, block in (blocks or {}).items()
    }
    return {"attributes": attributes, "blocks": nested}


_EMPTY: Final = _block({})
_OF_A_REQUEST: Final = {
    "field_to_match": _block(
        {},
        {
            "body": _block({}, optional=("oversize_handling",)),
            "uri_path": _EMPTY,
            "single_header": _block({"name": "string"}),
        },
    ),
    "text_transformation": _block({"priority": "number", "type": "string"}),
}
_LEAVES: Final = {
    "rate_based_statement": _block({"limit": "number"}, optional=("aggregate_key_type",)),
    "size_constraint_statement": _block({"comparison_operator": "string", "size": "number"}, _OF_A_REQUEST),
    "byte_match_statement": _block({"positional_constraint": "string", "search_string": "string"}, _OF_A_REQUEST),
    "managed_rule_group_statement": _block(
        {"name": "string", "vendor_name": "string"},
        {
            "rule_action_override": _block(
                {"name": "string"}, {"action_to_use": _block({}, {"count": _EMPTY, "block": _EMPTY})}
            )
        },
        optional=("version",),
    ),
}


def _statement(depth: int) -> Block:
    inner = {"statement": _statement(depth - 1)} if depth else {}
    combined = {name: _block({}, inner) for name in ("and_statement", "or_statement", "not_statement") if depth}
    return _block({}, _LEAVES | combined)


def complete(name: str, block: Block) -> Block:
    """The block of a resource with what the bindings leave out of it."""
    if name == "aws_wafv2_web_acl":
        rule = block["blocks"]["rule"]["block"]
        del rule["attributes"]["statement"]
        rule["blocks"]["statement"] = {"nesting": "list", "block": _statement(2), "required": True, "one": True}
    return block


# Providers by address: their own block, resources and data sources.
OTHERS: Final[dict[str, dict[str, Any]]] = {
    "registry.terraform.io/hashicorp/archive": {
        "provider": _EMPTY,
        "resource": {},
        "data": {
            "archive_file": {
                "attributes": {
                    "type": {"type": "string", "required": True},
                    "output_path": {"type": "string", "required": True},
                    "source_file": {"type": "string", "optional": True},
                    "source_dir": {"type": "string", "optional": True},
                }
                | {name: {"type": "string", "computed": True} for name in ("id", "output_base64sha256", "output_md5")},
                "blocks": {},
            }
        },
    }
}
