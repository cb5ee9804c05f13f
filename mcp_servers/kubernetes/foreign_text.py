"""What others wrote into a cluster, marked as data where it stands in an answer's text: never an instruction."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.bounds import untrusted

MESSAGES: Final = ("message", "note")  # of conditions, of containers that ended, of events


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
