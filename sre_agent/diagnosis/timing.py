"""Whether a hypothesis fits in time: a cause comes before its effects, and not so long before that it tells nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.topology import Keys
from sre_agent.diagnosis.view import SubjectView, onset
from sre_agent.domain.diagnosis import Term
from sre_agent.failures import FailureClass
from sre_agent.failures.model import Condition

TOLERANCE: Final = timedelta(minutes=2)  # between the clocks of two sources
LONG_BEFORE: Final = timedelta(hours=6)
SAID_BEFORE: Final = timedelta(hours=3)  # complaints that old are no news when an alarm goes off
OLDER: Final = timedelta(hours=1)  # than what the same logs say besides
SERVED_LONG: Final = timedelta(minutes=10)  # a revision that did its work so long did not break what ends now
SLOW_TO_SHOW: Final = tuple(code for code, entry in OBSERVATIONS.items() if entry.slow_to_show)
OUT_OF_TIME: Final = -25
ROLLOUTS: Final = tuple(code for code, entry in OBSERVATIONS.items() if entry.replaces_earlier)
EFFECTS: Final = tuple(code for code, entry in OBSERVATIONS.items() if entry.dates_failure)


def felt_since(evidence_set: EvidenceSet, own: Keys) -> datetime | None:
    """Since when anything is wrong with the focus itself, as far as what is seen of it says."""
    return _earliest(s for s in evidence_set.facts if s.subject.key in own and s.code in recency.ABNORMAL)


def _earliest(facts: Iterable[ObservedFact]) -> datetime | None:
    return min((t for s in facts if (t := recency.first_seen(s.observation)) is not None), default=None)


def not_long_before(draft: Draft, own: Keys, felt_at: datetime) -> Draft:
    """What was broken elsewhere long before the trouble began is not its cause, unless the focus itself shows it."""
    if draft.subject.key in own or any(s.subject.key in own for s in draft.supporting):
        return draft
    same = draft.view.same
    broke_at = _earliest(
        s for s in draft.view.evidence_set.facts if s.subject.key in same and s.code in recency.ABNORMAL
    )
    if broke_at is None or felt_at - broke_at <= LONG_BEFORE or draft.impossible:
        return draft
    times = f"since {broke_at:%Y-%m-%d %H:%M} UTC, and the trouble began at {felt_at:%Y-%m-%d %H:%M}"
    return replace(draft, impossible=f"it has been so {times}")


def is_no_news(draft: Draft, started_at: datetime | None) -> bool:
    """Whether it rests on nothing but what logs say, and they have said it for hours before the signal."""
    if started_at is None or not all(s.code in recency.FROM_LOGS for s in draft.supporting):
        return False
    said_at = _earliest(draft.supporting)
    return said_at is not None and started_at - said_at > SAID_BEFORE


def is_older_news(draft: Draft, other_reports: Iterable[ObservedFact]) -> bool:
    """Whether it rests on nothing but what logs say, and they had said it for long when they began to say something
    else, of which it explains nothing."""
    if not all(s.code in recency.FROM_LOGS for s in draft.supporting):
        return False
    said_at = _earliest(draft.supporting)
    newer = [t for s in other_reports if (t := recency.first_seen(s.observation)) is not None]
    return said_at is not None and bool(newer) and max(newer) - said_at > OLDER


def may_go_on(draft: Draft) -> bool:
    """Whether something that speaks for it is wrong, or reported, now. What has no time, as a setting, is neither."""
    trouble = [s for s in draft.supporting if s.code in recency.ABNORMAL | recency.PAST]
    reports = [s for s in draft.supporting if s.code in recency.REPORTS and recency.last_seen(s.observation)]
    return draft.is_credible or any(map(draft.view.evidence_set.current, [*trouble, *reports]))


def in_time(draft: Draft, started_at: datetime | None) -> Draft:
    """A change after the failure was seen to begin did not cause it; one long before it hardly did. Where nothing but
    the alarm says when it began, that alone rules nothing out."""
    changes = changes_of(draft.kind, draft.view)
    first_effect = onset(draft.view, EFFECTS)
    began = first_effect or started_at
    if not changes or began is None:
        return draft
    before = [change for change in changes if when(change) <= began + TOLERANCE]
    if not before and first_effect is None:
        return _less(draft, changes[-1], "the alarm began before the change")
    if not before:
        what = "rollout" if changes[-1].code in ROLLOUTS else "change"
        after = f"{when(changes[-1]):%H:%M:%S} UTC, after the failure had begun at {began:%H:%M:%S}"
        return replace(draft, impossible=f"the {what} came at {after}")
    change = before[-1]
    if change.code in ROLLOUTS and _served_before(draft.view, when(change), began):
        period_text = f"from {when(change):%H:%M:%S} UTC on, until the failure began at {began:%H:%M:%S}"
        return replace(draft, impossible=f"its pods had served {period_text}")
    if began - when(change) > LONG_BEFORE and draft.view.strongest("rollout.stuck") is None:
        return _less(draft, change, "the change came long before the failure began")
    return draft


def _less(draft: Draft, change: ObservedFact, note: str) -> Draft:
    """The draft, with its change counting for less."""
    term = Term(
        observation=change.code,
        subject=change.subject.short,
        weight=OUT_OF_TIME,
        evidence=change.evidence,
        note=note,
    )
    return replace(draft, terms=(*draft.terms, term))


def changes_of(kind: FailureClass, view: SubjectView) -> list[ObservedFact]:
    """The changes that a class blames, as far as their time is known, the latest last.

    Of a workload's rollouts the newest alone: what came before it is no longer running.
    """
    rules = [c for c in (*kind.requires.all, *kind.requires.any, *kind.supports) if c.observation in recency.CHANGES]
    unique = {
        observed_fact.observation.model_dump_json(): observed_fact
        for rule in rules
        for observed_fact in view.matching(rule)
    }
    changes = sorted(
        (observed_fact for observed_fact in unique.values() if observed_fact.observation.at is not None), key=when
    )
    newest = {observed_fact.code: observed_fact for observed_fact in changes if observed_fact.code in ROLLOUTS}
    return [
        observed_fact for observed_fact in changes if newest.get(observed_fact.code, observed_fact) is observed_fact
    ]


def when(change: ObservedFact) -> datetime:
    assert change.observation.at is not None
    return change.observation.at


def _served_before(view: SubjectView, changed: datetime, began: datetime) -> bool:
    """Whether the newest revision is known to have worked for long before anything failed: its first warning came
    late, and nothing shows that needs time to grow."""
    warnings = [recency.first_seen(s.observation) for s in view.matching(Condition(observation="event.warning"))]
    first = min((t for t in warnings if t is not None), default=None)
    if first is None or any(view.matching(Condition(observation=code)) for code in SLOW_TO_SHOW):
        return False
    return min(first, began) - changed > SERVED_LONG
