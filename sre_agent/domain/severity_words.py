"""What senders and labels call a severity, and what we call it."""

from __future__ import annotations

import re
from typing import Final

from sre_agent.domain.base import Severity

_SEVERITIES: Final[dict[Severity, str]] = {
    "SEV1": "critical crit page fatal emergency emerg disaster blocker sev1 p1 s1 urgent",
    "SEV2": "error err high major severe sev2 p2 s2",
    "SEV3": "warning warn medium moderate average minor sev3 p3 s3",
    "SEV4": "info information informational notice low none debug ok normal success sev4 sev5 p4 p5 s4",
}
SEVERITIES: Final[dict[str, Severity]] = {word: sev for sev, words in _SEVERITIES.items() for word in words.split()}


def severity_of(word: str) -> Severity | None:
    """None for a word that no sender is known to use."""
    return SEVERITIES.get(squeeze(word))


def squeeze(word: str) -> str:
    """Letters and digits alone, in small letters."""
    return re.sub(r"[^a-z0-9]", "", word.lower())
