"""What senders call a state or a severity, and what we call it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

from sre_agent.domain.base import Severity
from sre_agent.domain.severity_words import severity_of, squeeze

State = Literal["firing", "resolved", "no_data"]

_STATES: Final[dict[State, str]] = {
    "firing": "firing alarm alarming alerting alert triggered trigger retriggered open opened active problem problems"
    " warn warning rewarn error critical down failed failing failure unhealthy pending renotify acknowledged created",
    "resolved": "ok okay normal resolved resolve recovered recovery closed close healthy up cleared inactive success"
    " passed good green normalized done",
    "no_data": "nodata renodata unknown insufficientdata stale missing skipped",
}
STATES: Final[dict[str, State]] = {word: state for state, words in _STATES.items() for word in words.split()}

_DECLARED = re.compile(r"\b(?:severity|sev|priority|prio|urgency)\b\s*[:=]\s*[\"'\[]?([a-z]+-?\d?)", re.I)
# In prose only what can mean nothing else: "high latency" or "login page" say nothing about severity.
_PLAIN = re.compile(r"(?<!non-)(?<!not )\b(critical|emergency|sev-?[1-5]|p[1-5]|warning|informational)\b", re.I)


def state_of(word: str) -> State | None:
    """None for a word that no sender is known to use."""
    return STATES.get(squeeze(word))


def severity_in(texts: Iterable[str]) -> Severity | None:
    """What names and descriptions say about the severity: a declared one (`severity: high`) before a mere word; None
    where they say nothing."""
    text_list = list(texts)
    for pattern in (_DECLARED, _PLAIN):
        for text in text_list:
            for word in pattern.findall(text.replace("_", " ")):
                if (severity := severity_of(word)) is not None:
                    return severity
    return None
