"""What happened when, as far as the inputs carry a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sre_agent.domain.action import Remediation, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.report import TimelineEntry
from sre_agent.reports.citations import Citations

VERIFIER = "verifier"
SIGNALS = 10  # of a storm the first ones tell the story


def timeline(
    incident: Incident,
    status: Status,
    reason: Reason,
    diagnosis: Diagnosis,
    ledger: Sequence[Evidence],
    remediations: Sequence[Remediation],
    verification: Verification | None,
    now: datetime,
    cited: Citations,
) -> list[TimelineEntry]:
    """In order of time; what has the same time stands in the order of the run."""
    entries = [
        *_signals(incident, diagnosis),
        *_storm(incident),
        *_agents(ledger),
        *_diagnosis(diagnosis, ledger, cited),
        *_writes(remediations),
        *_verified(verification, cited),
        TimelineEntry(at=now, what=f"Ended {status}{f' ({reason})' if reason else ''}"),
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _signals(incident: Incident, diagnosis: Diagnosis) -> Iterator[TimelineEntry]:
    since = diagnosis.hypothesis.since if diagnosis.hypothesis else None
    if since is not None:
        yield TimelineEntry(at=since, what="The cause began")
    started = incident.signals[0].started_at
    if started is not None and started != since:
        yield TimelineEntry(at=started, what="The trouble began, as the signal says")
    for index, signal in enumerate(incident.signals[:SIGNALS]):
        what = "opened the incident" if index == 0 else "joined the incident"
        yield TimelineEntry(
            at=signal.received_at, what=f"Signal from {signal.source}, {signal.state}, {what}: {signal.title}"
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


def _writes(remediations: Sequence[Remediation]) -> Iterator[TimelineEntry]:
    for write in remediations:
        word = "Undo" if write.is_undo else "Write"
        yield TimelineEntry(
            at=write.at,
            what=f"{word} {write.call.tool}: {write.outcome.replace('_', ' ')}, allowed by {write.allowed_by}",
        )


def _verified(verification: Verification | None, cited: Citations) -> Iterator[TimelineEntry]:
    if verification is not None:
        word = {True: "healed", False: "not healed", None: "not decided"}[verification.healed]
        numbers = cited.numbers(check.evidence for check in verification.checks)
        yield TimelineEntry(
            at=verification.at, what=f"Verification: {word}", evidence=", ".join(dict.fromkeys(numbers))
        )
