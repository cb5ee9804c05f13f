"""The rollout shortly before a trouble began, told as the fact that it is: people ask first what changed last, and that
it came before does not make it the cause."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.timing import ROLLOUTS, felt_since, when
from sre_agent.diagnosis.topology import Keys
from sre_agent.failures.formats import brief

SHORTLY: Final = timedelta(minutes=15)
CHANGES: Final = 200  # characters
_OF_CONTROLLERS: Final = "annotation "  # what kubectl and controllers note on a template starts nothing otherwise


def told_of_rollout(
    draft: Draft, own: Keys, *, started_at: datetime | None, text: str
) -> tuple[str, ObservedFact] | None:
    """The sentence on the newest rollout of who is in trouble or of the cause, and the fact; None where the trouble did
    not begin soon after it, or `text` speaks of it already. `own` are the keys of what the signal names."""
    evidence_set = draft.view.evidence_set
    times = [t for t in (draft.since, felt_since(evidence_set, own)) if t is not None]
    began = min(times, default=started_at)
    rollouts = [
        fact
        for fact in evidence_set.with_code(*ROLLOUTS)
        if fact.subject.key in {*own, draft.subject.key} and fact.observation.at is not None
    ]
    if began is None or not rollouts:
        return None
    newest = max(rollouts, key=when)
    attributes = newest.observation.attributes
    number, changes = attributes.get("revision"), attributes.get("changes")
    told_changes = [one for one in changes if not one.startswith(_OF_CONTROLLERS)] if isinstance(changes, list) else []
    if not timedelta() <= began - when(newest) <= SHORTLY or not told_changes or f"evision {number}" in text:
        return None
    of = "" if newest.subject == draft.subject else f" of {newest.subject.short}"
    changed = brief(", ".join(sorted(told_changes, key=len)), CHANGES)
    at = f"{when(newest):%Y-%m-%dT%H:%M:%SZ}"
    return f" Revision {number}{of} was rolled out shortly before, at {at}, and changed {changed}.", newest
