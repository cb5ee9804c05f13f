"""What others wrote into a cluster, marked as data where it stands in an answer's text: never an instruction."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.bounds import untrusted, within

MESSAGES: Final = ("message", "note")  # of conditions, of containers that ended, of events


def with_short_messages(obj: dict[str, Any]) -> dict[str, Any]:
    """The object itself, its messages brought within what is read of one: of events, conditions and containers."""
    status = obj.get("status") or {}
    said = [obj, status, *(status.get("conditions") or ())]
    for name in ("containerStatuses", "initContainerStatuses"):
        said += [state for held in status.get(name) or () for part in ("state", "lastState")
                 for state in (held.get(part) or {}).values()]  # fmt: skip
    for one in said:
        for name in MESSAGES:
            if isinstance(one, dict) and isinstance(one.get(name), str):
                one[name] = within(one[name])
    return obj


def marked(value: Any) -> Any:
    """The object with marks around annotations and messages, at any depth; the rest is what its owner declared."""
    if isinstance(value, list):
        return [marked(one) for one in value]
    if not isinstance(value, dict):
        return value
    found: dict[Any, Any] = {}
    for key, held in value.items():
        if key == "annotations" and isinstance(held, dict):
            found[key] = {name: untrusted(str(text)) for name, text in held.items()}
        elif key in MESSAGES and isinstance(held, str):
            found[key] = untrusted(held)
        else:
            found[key] = marked(held)
    return found


def word(value: Any) -> str:
    """An attribute for reading: names and numbers as they are, what has several words between marks."""
    if isinstance(value, list):
        return ", ".join(word(one) for one in value)
    text = str(value)
    return untrusted(text) if len(text.split()) > 1 else text
