"""The structure of an answer within its bound: the last line behind the pages that each tool makes of long answers."""

from __future__ import annotations

import json
from typing import Any, Final

from mcp_servers.contract.bounds import STRUCTURE_CHARACTERS, bounded, excerpt

WORDS: Final = 1_000
DETAIL: Final = 80  # characters that stay of why something could not be seen; that it was not seen always stays


def fitted(structure: dict[str, Any], limit: int = STRUCTURE_CHARACTERS) -> dict[str, int]:
    """Cut `structure` until its JSON fits; how many members of each list were left out.

    Facts stay longest: very long words and those about gaps go first, then the longest lists of `data`, which repeat
    what facts and text say, then relations.
    """
    cut: dict[str, int] = {}
    if _size(structure) <= limit:
        return cut
    structure |= _clip(structure)
    for entry in structure.get("coverage") or []:
        entry["detail"] = excerpt(entry["detail"], DETAIL)
    over = _size(structure) - limit
    data = structure.get("data") or {}
    while over > 0 and (name := _longest(data)):
        over -= _shorten(data, name, over, cut)
    for name in ("relations", "observations"):
        if over > 0:
            over -= _shorten(structure, name, over, cut)
    return cut


def _clip(value: Any) -> Any:
    """With no text longer than WORDS: a client's own name for something may be of any length."""
    if isinstance(value, dict):
        return {name: _clip(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_clip(one) for one in value]
    return bounded(value, WORDS)[0] if isinstance(value, str) else value


def _longest(data: dict[str, Any]) -> str:
    """The list of `data` that takes the most room; empty where none has a member to spare."""
    lists = {name: _size(value) for name, value in data.items() if isinstance(value, list) and len(value) > 1}
    return max(lists, key=lambda name: lists[name], default="")


def _shorten(holder: dict[str, Any], name: str, over: int, cut: dict[str, int]) -> int:
    """How many characters less the list takes with its first members alone."""
    members, saving = list(holder.get(name) or []), 0
    while saving < over and len(members) > 1:
        saving += _size(members.pop()) + 1
        cut[name] = cut.get(name, 0) + 1
    holder[name] = members
    return saving


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
