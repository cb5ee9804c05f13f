"""Which of the words in doubt are names of things that exist: one lookup a word, and none for a plain question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sre_agent.chat import words as w
from sre_agent.chat.desk import Desk, data, rows
from sre_agent.chat.doubts import Doubt

MOST: Final = 6  # words of a sentence that are looked up
_WORD: Final = re.compile(r"[\w.-]+")


async def existing(desk: Desk, doubts: Sequence[Doubt], text: str) -> dict[str, str]:
    """The names by the words that stand for them; a word whose lookup was refused stays a word."""
    found: dict[str, str] = {}
    spaces = {str(row["name"]) for row in rows(await desk.select("Namespace", columns=["name"], limit=200))}
    for doubt in doubts[:MOST]:
        said = {word.lower() for word in _WORD.findall(text)} - {doubt.word}
        name = await _name(desk, doubt, spaces, said & spaces)
        if name:
            found[doubt.word] = name
    return found


async def _name(desk: Desk, doubt: Doubt, spaces: set[str], places: set[str]) -> str:
    if doubt.word in spaces:
        return doubt.word
    if doubt.cloud:
        if "cloudwatch" not in desk.servers:
            return ""
        asked = await desk.ask("cloudwatch", "find_resources", name=doubt.word, kinds=[doubt.cloud])
        return next((str(m["name"]) for m in _matches(asked) if m.get("exact")), "")
    if doubt.kind and doubt.kind not in w.NAMED_BY_SEARCH:
        listed = await desk.select(doubt.kind, where=[{"column": "name", "is": doubt.word}], columns=["name"])
        if rows(listed):
            return doubt.word
    asked = await desk.ask("kubernetes", "kubectl_find", name=doubt.word, namespace="", kinds=[])
    here = [m for m in _matches(asked) if not places or m.get("namespace") in places]
    whole = [str(m["name"]) for m in here if str(m["name"]).lower() == doubt.word]
    part = any(f"-{doubt.word}-" in f"-{m['name']}-" for m in here) if doubt.part else False
    return whole[0] if whole else doubt.word if part else ""


def _matches(evidence: Any) -> list[dict[str, Any]]:
    return [match for match in data(evidence).get("matches", []) if isinstance(match, dict)]
