"""The texts that events may have: ours, written down as facts, and those that the recorded cluster was seen to say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from sre_lab.behaviour.events import COMBINED

Obj = dict[str, Any]
FILE = Path(__file__).parent / "events.yaml"
WORDS = {
    "name": r"[A-Za-z0-9][A-Za-z0-9._-]*",
    "place": r"[a-z0-9.-]+/[A-Za-z0-9._-]+",
    "image": r"[^\"\s]+",
    "number": r"\d+",
    "quantity": r"[0-9.]+[A-Za-z]*",
    "span": r"(\d+(\.\d+)?(ms|s|m|h))+",
    "uid": r"[0-9a-f-]{36}",
    "ending": r"Complete|Failed",
    "text": r"[\s\S]+",
}
RECORDED = {
    **dict.fromkeys(("pod", "job", "replicaset", "container", "ns", "node"), WORDS["name"]),
    **{"uid": WORDS["uid"], "n": WORDS["number"], "dur": WORDS["span"], "image": WORDS["image"]},
    **{"podIP": r"[0-9.]+", "nodeIP": r"[0-9.]+", "port": r"\d+"},
}


Key = tuple[str, str, str, str]


def key(event: Obj) -> Key:
    """Component, kind of the object, type and reason."""
    component = event.get("reportingComponent") or (event.get("source") or {}).get("component", "")
    return component, event["involvedObject"]["kind"], event["type"], event["reason"]


class Vocabulary:
    """Knows the patterns of one source."""

    def __init__(self, patterns: dict[Key, list[re.Pattern[str]]]) -> None:
        self._patterns = patterns

    def knows(self, event: Obj) -> bool:
        message = event["message"].removeprefix(COMBINED)
        return any(pattern.fullmatch(message) for pattern in self._patterns.get(key(event), []))


def ours() -> Vocabulary:
    """What the lab may say at all."""
    patterns = {}
    for component, kinds in yaml.safe_load(FILE.read_text()).items():
        for kind, reasons in kinds.items():
            for heading, texts in reasons.items():
                type, reason = heading.split()
                patterns[(component, kind, type, reason)] = [_pattern(text, "{}", WORDS) for text in texts]
    return Vocabulary(patterns)


def recorded(catalogue: list[Obj]) -> Vocabulary:
    """What the recorded cluster said."""
    patterns: dict[Key, list[re.Pattern[str]]] = {}
    for entry in catalogue:
        about = entry["component"], entry["object"], entry["type"], entry["reason"]
        text = entry["message"].removeprefix(COMBINED)
        patterns.setdefault(about, []).append(_pattern(text, "<>", RECORDED))
    return Vocabulary(patterns)


def _pattern(text: str, braces: str, words: dict[str, str]) -> re.Pattern[str]:
    opening, closing = map(re.escape, braces)
    parts = re.split(f"{opening}({'|'.join(words)}){closing}", text)
    whole = (f"(?:{words[part]})" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile("".join(whole))
