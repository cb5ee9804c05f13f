"""Which trouble of a sweep is one that an earlier sweep had, so that an event is told once and not at every look.

A trouble keeps its identity while it is understood better: what was unexplained gets a cause, what had a cause leaves
an alarm behind that takes a while to go off.
"""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.domain.sweep import Trouble


def matches(earlier: Sequence[Trouble], later: Sequence[Trouble]) -> dict[str, Trouble]:
    """For the key of each later trouble the earlier one that it is. Each is matched once, the likest first."""
    left = {trouble.key: trouble for trouble in earlier}
    pairs = {trouble.key: left.pop(trouble.key) for trouble in later if trouble.key in left}
    for trouble in later:
        if trouble.key not in pairs and (same := _continuation(trouble, list(left.values()))) is not None:
            pairs[trouble.key] = left.pop(same.key)
    return pairs


def got_worse(earlier: Trouble, later: Trouble) -> str:
    """What is worse now; empty where nothing is."""
    if later.severity < earlier.severity:
        return f"{later.severity} after {earlier.severity}"
    more_places = sorted(later.places - earlier.places)
    return f"reaches {', '.join(more_places)}" if more_places and earlier.key == later.key else ""


def _continuation(trouble: Trouble, left: Sequence[Trouble]) -> Trouble | None:
    """The one of these that goes on in it. Two causes are two events, wherever they meet."""
    rivals = [
        one
        for one in left
        if "risk" not in (one.verdict, trouble.verdict) and {one.verdict, trouble.verdict} != {"cause"}
    ]
    overlap = {one.key: len(one.places & trouble.places) for one in rivals}
    best = max(rivals, key=lambda one: (one.subject == trouble.subject, overlap[one.key]), default=None)
    return best if best is not None and overlap[best.key] else None
