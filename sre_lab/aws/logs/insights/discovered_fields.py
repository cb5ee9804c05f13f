"""Fields that CloudWatch Logs finds by itself: those of JSON messages, and those of Lambda's own lines."""

from __future__ import annotations

import json
import re
from typing import Any

Document = dict[str, Any]
MOST_FIELDS = 200  # of one JSON event
_DECODER = json.JSONDecoder()
_REQUEST = re.compile(r"^(?:(START|END|REPORT) )?RequestId: (\S+)|^\S+\t([0-9a-f-]{36})\t")
_MEASURES = re.compile(r"(Billed Duration|Init Duration|Duration|Memory Size|Max Memory Used): ([\d.]+) (ms|MB)")
_TRACE = re.compile(r"XRAY TraceId: (\S+)\s+SegmentId: (\S+)")
_NAMES = {
    "Billed Duration": "@billedDuration",
    "Init Duration": "@initDuration",
    "Duration": "@duration",
    "Memory Size": "@memorySize",
    "Max Memory Used": "@maxMemoryUsed",
}
MEGABYTE = 1_000_000


def document(message: str, *, inside: bool = False) -> Document | None:
    """The JSON object that the message is; or, `inside`, the first one in it. At most 200 fields of it."""
    start = message.find("{")
    if start < 0 or (start > 0 and not inside and message[:start].strip()):
        return None
    try:
        value, end = _DECODER.raw_decode(message, start)
    except ValueError:
        return None
    if not isinstance(value, dict) or (not inside and message[end:].strip()):
        return None
    if message.count(",") >= MOST_FIELDS:
        flat = flatten(value)
        return dict(list(flat.items())[:MOST_FIELDS]) if len(flat) > MOST_FIELDS else value
    return value


def look_up(value: Any, name: str, *, leaf: bool = True) -> Any:
    """`a.b.0` in a structure, keys with dots in them included; with `leaf`, structures are no values."""
    if isinstance(value, dict):
        if name in value and not (leaf and isinstance(value[name], dict | list)):
            return value[name]
        dot = name.find(".")
        while dot > 0:
            if name[:dot] in value:
                inner = look_up(value[name[:dot]], name[dot + 1 :], leaf=leaf)
                if inner is not None:
                    return inner
            dot = name.find(".", dot + 1)
        return None
    if isinstance(value, list):
        head, _, rest = name.partition(".")
        if not head.isdigit() or int(head) >= len(value):
            return None
        inner = value[int(head)]
        if rest:
            return look_up(inner, rest, leaf=leaf)
        return None if leaf and isinstance(inner, dict | list) else inner
    return None


def flatten(value: Any, path: str = "") -> dict[str, Any]:
    """Every value inside a structure by its dotted name."""
    if not isinstance(value, dict | list):
        return {} if value is None else {path: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    leaves: dict[str, Any] = {}
    for name, inner in pairs:
        leaves.update(flatten(inner, f"{path}.{name}" if path else str(name)))
    return leaves


def all_fields(message: str, *, of_lambda: bool) -> dict[str, Any]:
    """Every discovered field of a message."""
    parsed = document(message, inside=of_lambda)
    names = {} if parsed is None else flatten(parsed)
    fields = {f"@{name}" if name.startswith("@") else name: value for name, value in names.items()}
    return {**fields, **(fields_of_lambda(message) if of_lambda else {})}


def fields_of_lambda(message: str) -> dict[str, Any]:
    """@requestId, @type and, of a REPORT line, what it measured: durations in ms, memory in bytes."""
    fields: dict[str, Any] = {}
    if match := _REQUEST.search(message):
        fields["@requestId"] = match[2] or match[3]
        if match[1]:
            fields["@type"] = match[1]
    if fields.get("@type") == "REPORT":
        for name, amount, unit in _MEASURES.findall(message):
            fields[_NAMES[name]] = float(amount) * (MEGABYTE if unit == "MB" else 1)
    if match := _TRACE.search(message):
        fields["@xrayTraceId"], fields["@xraySegmentId"] = match[1], match[2]
    return fields
