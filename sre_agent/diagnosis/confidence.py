"""From a score to a confidence: it grows with the score and with the lead over the best rival, and is never certain."""

from __future__ import annotations

import math
from typing import Final

from sre_agent.domain.diagnosis import Diagnosis

SCALE: Final = 21.0  # points at which two thirds of the way to certainty are gone
LEAD: Final = 40  # a lead from which a rival no longer takes anything away
RIVAL_TAKES: Final = 0.5  # what a rival of the same score takes away
WITHOUT_PROOF: Final = 0.6  # nothing decisive was seen: more lesser facts do not make up for it
UNDECIDED: Final = 0.65  # what would decide between it and what lies behind it was not seen: less than proven
UNTIED: Final = 0.45  # what the signal says is seen, and nothing ties the cause to it: less than a cause
UNREAD: Final = 0.45  # it rests on complaints alone, and what would decide could not be read: less than a cause
LEAST, MOST = 0.01, 0.99
DECIDED: Final = 0.85  # from it on nothing is asked about rivals
PROVEN: Final = 0.7  # from it on a cause with its proof needs nobody's opinion


def confidence(
    score: int,
    best_rival: int,
    *,
    decisive: bool,
    has_open_rival: bool = False,
    is_untied: bool = False,
    is_unread: bool = False,
) -> float:
    """Between 0.01 and 0.99. `best_rival` is the highest score among hypotheses that nothing explains; 0 for none.
    `has_open_rival`: something else could bring about the same, and what would show that was not seen. `is_untied`:
    it explains nothing of what the signal says to be wrong, though that is seen. `is_unread`: only complaints speak for
    it, and what would decide could not be read."""
    if score <= 0:
        return LEAST
    base = 1.0 - math.exp(-score / SCALE)
    lead = min(max(score - max(best_rival, 0), 0) / LEAD, 1.0) if best_rival > 0 else 1.0
    value = base * (1.0 - RIVAL_TAKES * (1.0 - lead))
    if not decisive:
        value = min(value, WITHOUT_PROOF)
    if has_open_rival:
        value = min(value, UNDECIDED)
    if is_untied:
        value = min(value, UNTIED)
    if is_unread:
        value = min(value, UNREAD)
    return min(max(value, LEAST), MOST)


def is_decided(diagnosis: Diagnosis, *, from_: float = DECIDED) -> bool:
    """Whether more could hardly change it: all is well, or every cause has its proof and little doubt."""
    if diagnosis.verdict in ("no_fault", "recovered"):
        return True
    causes = diagnosis.causes
    return bool(causes) and all(cause.decisive and cause.confidence >= from_ for cause in causes)


def is_proven(diagnosis: Diagnosis) -> bool:
    """Whether nobody's opinion could change it; some evidence still might."""
    return is_decided(diagnosis, from_=PROVEN)
