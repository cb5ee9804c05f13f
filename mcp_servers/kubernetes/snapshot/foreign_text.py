"""What others wrote into a cluster, marked as data where it stands in an answer's text: never an instruction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mcp_servers.contract.bounds import untrusted, within
from mcp_servers.kubernetes.snapshot.objects import LAST_APPLIED

MESSAGES: Final = ("message", "note")  # of conditions, of containers that ended, of events


def with_short_texts(obj: dict[str, Any]) -> dict[str, Any]:
    """The object itself, what anybody may write into it brought within what is read of one field.

    These are messages of events, conditions and containers, annotations and labels, those of its pods' template, too.
    What kubectl applied is read as JSON, and stays whole.
    """
    template = (obj.get("spec") or {}).get("template")
    for holder in (obj, template if isinstance(template, dict) else {}):
        meta = holder.get("metadata") or {}
        for marks in (meta.get("annotations"), meta.get("labels")):
            if isinstance(marks, dict):
                _shorten(marks, [name for name in marks if name != LAST_APPLIED])
    status = obj.get("status") or {}
    parts = [obj, status, *(status.get("conditions") or ())]
    for name in ("containerStatuses", "initContainerStatuses"):
        parts += [state for container_status in status.get(name) or () for part in ("state", "lastState")
                 for state in (container_status.get(part) or {}).values()]  # fmt: skip
    for one in parts:
        if isinstance(one, dict):
            _shorten(one, MESSAGES)
    return obj


def _shorten(holder: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if isinstance(holder.get(name), str):
            holder[name] = within(holder[name])


def mark(value: Any) -> Any:
    """The object with marks around annotations and messages, at any depth; the rest is what its owner declared."""
    if isinstance(value, list):
        return [mark(one) for one in value]
    if not isinstance(value, dict):
        return value
    result: dict[Any, Any] = {}
    for key, inner in value.items():
        if key == "annotations" and isinstance(inner, dict):
            result[key] = {name: untrusted(str(text)) for name, text in inner.items()}
        elif key in MESSAGES and isinstance(inner, str):
            result[key] = untrusted(inner)
        else:
            result[key] = mark(inner)
    return result


def word(value: Any) -> str:
    """An attribute for reading: names and numbers as they are, what has several words between marks."""
    if isinstance(value, list):
        return ", ".join(word(one) for one in value)
    text = str(value)
    return untrusted(text) if len(text.split()) > 1 else text
