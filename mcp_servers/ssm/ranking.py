"""Which runbooks fit a text: words of name, tags, parameters and description, weighed. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

WEIGHTS: Final = {"name": 3.0, "tags": 3.0, "parameters": 1.5, "description": 1.0}
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_EMPTY = frozenset(["the", "and", "for", "with", "that", "this", "from", "into", "has", "have", "are", "was"])
_ALIKE = 5  # letters that two words must begin with in common: throttled, throttling


def words(text: str) -> set[str]:
    """Lower-case words of three letters and more; CamelCase and dashes are taken apart."""
    return {part.lower() for part in _PART.findall(text) if len(part) > 2} - _EMPTY


def score(text: str, runbook: Mapping[str, Any]) -> float:
    """How well it fits; 0 when no word does. `runbook` has name, tags, parameters, description."""
    wanted = words(text)
    fields = {
        "name": words(runbook.get("name", "")),
        "tags": words(" ".join(f"{k} {v}" for k, v in runbook.get("tags", {}).items())),
        "parameters": words(" ".join(f"{p['name']} {p.get('description', '')}" for p in runbook.get("parameters", []))),
        "description": words(runbook.get("description", "")),
    }
    return sum(max((WEIGHTS[field] for field in fields if _has(fields[field], word)), default=0.0) for word in wanted)


def tagged(tags: Mapping[str, str], wanted: Iterable[str]) -> bool:
    """Whether it carries every wanted tag, each `key` or `key=value`."""
    pairs = [want.partition("=") for want in wanted]
    return all(key in tags and (not mark or tags[key] == value) for key, mark, value in pairs)


def _has(have: set[str], word: str) -> bool:
    return word in have or any(
        other[:_ALIKE] == word[:_ALIKE] and min(len(other), len(word)) >= _ALIKE for other in have
    )
