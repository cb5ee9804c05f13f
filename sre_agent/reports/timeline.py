"""What happened when, as far as the inputs carry a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sre_agent.domain.action import Remediation, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import TimelineEntry
from sre_agent.reports.citations import Citations
from sre_agent.reports.facts import VERIFIER

SIGNALS = 10  # of a storm the first ones tell the story


@dataclass(frozen=True)
class Run:
    """What a run left behind that has a time. `turns` are what humans were asked and answered."""

    incident: Incident
    diagnosis: Diagnosis
    ledger: Sequence[Evidence]
    remediations: Sequence[Remediation]
    verification: Verification | None
    turns: Sequence[TimelineEntry]
    ended_at: datetime


def timeline(run: Run, cited: Citations, end: str) -> list[TimelineEntry]:
    """In order of time; what falls into the same second stands in the order of the run."""
    entries = [
        *_signals(run.incident, run.diagnosis, cited),
        *_storm(run.incident),
        *_agents(run.ledger),
        *_diagnosis(run.diagnosis, run.ledger, cited),
        *run.turns,
        *_writes(run.remediations, cited),
        *_verified(run.verification, cited),
        TimelineEntry(at=run.ended_at, what=end),
    ]
    return sorted(entries, key=lambda entry: entry.at.replace(microsecond=0))


def _signals(incident: Incident, diagnosis: Diagnosis, cited: Citations) -> Iterator[TimelineEntry]:
    since = diagnosis.hypothesis.since if diagnosis.hypothesis else None
    if since is not None:
        yield TimelineEntry(at=since, what="The cause began", evidence=", ".join(cited.numbers(diagnosis.evidence)))
    first = incident.signals[0]
    if first.started_at is not None and first.started_at != since:
        what = "The trouble began, as the signal says"
        yield TimelineEntry(at=first.started_at, what=what, evidence=cited.number(first.id))
    for index, signal in enumerate(incident.signals[:SIGNALS]):
        what = "opened the incident" if index == 0 else "joined the incident"
        yield TimelineEntry(
            at=signal.received_at,
            what=f"Signal from {signal.source}, {signal.state}, {what}: {signal.title}",
            evidence=cited.number(signal.id),
        )


def _storm(incident: Incident) -> Iterator[TimelineEntry]:
    more = incident.signals[SIGNALS:]
    if more:
        yield TimelineEntry(at=more[-1].received_at, what=f"{len(more)} more signals had joined the incident")


def _agents(ledger: Sequence[Evidence]) -> Iterator[TimelineEntry]:
    """Each specialist's first call of each round, with how many it made and how many failed."""
    turns: dict[tuple[int, str], list[Evidence]] = {}
    for item in ledger:
        if item.agent != VERIFIER:
            turns.setdefault((item.round, item.agent), []).append(item)
    for (round_, agent), calls in turns.items():
        failed = sum(1 for call in calls if call.answer is None)
        count = f"{len(calls)} call{'s' if len(calls) > 1 else ''}"
        yield TimelineEntry(
            at=min(call.asked_at for call in calls),
            what=f"{agent} looked, round {round_}: {count}{f', {failed} without an answer' if failed else ''}",
        )


def _diagnosis(diagnosis: Diagnosis, ledger: Sequence[Evidence], cited: Citations) -> Iterator[TimelineEntry]:
    """At the last call that it could build on: the engine itself takes no time."""
    looked = [item.asked_at for item in ledger if item.agent != VERIFIER]
    if looked:
        yield TimelineEntry(
            at=max(looked),
            what=f"Diagnosis from {len(looked)} calls: {diagnosis.verdict.replace('_', ' ')}",
            evidence=", ".join(cited.numbers(diagnosis.evidence)),
        )


def _writes(remediations: Sequence[Remediation], cited: Citations) -> Iterator[TimelineEntry]:
    for write in remediations:
        word = "Undo" if write.is_undo else "Write"
        yield TimelineEntry(
            at=write.at,
            what=f"{word} {write.call.tool}: {write.outcome.replace('_', ' ')}, allowed by {write.allowed_by}",
            evidence=cited.number(write.permit),
        )


def _verified(verification: Verification | None, cited: Citations) -> Iterator[TimelineEntry]:
    if verification is not None:
        word = {True: "healed", False: "not healed", None: "not decided"}[verification.healed]
        numbers = cited.numbers(check.evidence for check in verification.checks)
        yield TimelineEntry(
            at=verification.at, what=f"Verification: {word}", evidence=", ".join(dict.fromkeys(numbers))
        )
