"""What happened when, as far as the inputs carry a time.

A chat model's calls are known when all else is said: `with_model` adds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sre_agent.domain.action import ApprovalDecision, RejectedRemedy
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.report import TimelineEntry
from sre_agent.domain.run import ApprovalQuestion, RoutedQuestion
from sre_agent.domain.verification import Verification
from sre_agent.reports.citations import Citations
from sre_agent.reports.facts import VERIFIER
from sre_agent.reports.result import RunResult

BY_POLICY = "policy:"
SIGNALS = 10  # of a storm the first ones tell the story
LEADING = ("supervisor", "diagnose", "report")  # one after another; specialists are asked at the same time


def timeline(run: RunResult, citations: Citations, end: str) -> list[TimelineEntry]:
    """In order of time; what falls into the same second stands in the order of the run."""
    entries = [
        *_signals(run.incident, run.diagnosis, citations),
        *_storm(run.incident),
        *_reopening(run.incident),
        *_question_entries(run.routed, citations),
        *_agents(run.ledger),
        *_diagnosis(run.diagnosis, run.ledger, citations),
        *_approval(run.question, run.decision, run.plan.rejections),
        *_writes(run, citations),
        *_verifications(run, citations),
        TimelineEntry(at=run.ended_at, what=end),
    ]
    return _order(entries)


def with_model(entries: Sequence[TimelineEntry], calls: Sequence[ModelCall]) -> list[TimelineEntry]:
    """The time line with what was asked of chat models: one entry for the calls of one agent in one go."""
    groups: list[list[ModelCall]] = []
    going: dict[str, list[ModelCall]] = {}
    for call in sorted(calls, key=lambda call: call.at):
        if call.agent in LEADING and groups and groups[-1][-1].agent != call.agent:
            going = {}
        if call.agent not in going:
            groups.append(going.setdefault(call.agent, []))
        going[call.agent].append(call)
    return _order([*entries, *map(_of_model, groups)])


def _of_model(calls: Sequence[ModelCall]) -> TimelineEntry:
    failed = sum(call.outcome != "answered" for call in calls)
    models = ", ".join(dict.fromkeys(call.model for call in calls))
    count = f"{len(calls)} call{'s' if len(calls) > 1 else ''}{f', {failed} without an answer' if failed else ''}"
    return TimelineEntry(at=calls[0].at, what=f"{calls[0].agent} asked a chat model: {count} ({models})")


def _order(entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    return sorted(entries, key=lambda entry: entry.at.replace(microsecond=0))


def _approval(
    question: ApprovalQuestion | None, decision: ApprovalDecision | None, rejections: Sequence[RejectedRemedy]
) -> Iterator[TimelineEntry]:
    """The last question to a human and the answer, where there was one; and each rejection."""
    for one in rejections:
        why = f": {one.why}" if one.why else ""
        yield TimelineEntry(at=one.at, what=f"Rejected by {one.by}, {one.purpose}{why}")
    if question is not None and question.asked_at is not None:
        rehearsal = question.action.rehearsal if question.action is not None else None
        more = f" ({rehearsal.text})" if rehearsal is not None else ""
        yield TimelineEntry(at=question.asked_at, what=f"Asked for approval{more}")
    if question is not None:
        for sign_off in question.sign_offs:
            yield TimelineEntry(at=sign_off.at, what=f"Approved by {sign_off.by}, the first of {question.approvals}")
    if decision is not None and all(decision.at != one.at for one in rejections):
        how = "Nobody answered in time" if decision.by == "nobody" else f"{decision.choice} by {decision.by}"
        comment = f": {decision.comment}" if decision.comment else ""
        yield TimelineEntry(at=decision.at, what=f"{how}{comment}".capitalize())


def _question_entries(questions: Sequence[RoutedQuestion], citations: Citations) -> Iterator[TimelineEntry]:
    """A model's question is its own text: what it names has to be in the sources, like all else that it says."""
    for one in questions:
        if one.at is None:
            continue
        text, numbers = citations.check(one.question, ())
        phrase = f'asked {one.specialist}: "{text}"' if text else f"had a question for {one.specialist}"
        yield TimelineEntry(at=one.at, what=f"The chat model {phrase}", evidence=", ".join(numbers))


def _signals(incident: Incident, diagnosis: Diagnosis, citations: Citations) -> Iterator[TimelineEntry]:
    since = diagnosis.hypothesis.since if diagnosis.hypothesis else None
    if since is not None:
        yield TimelineEntry(at=since, what="The cause began", evidence=", ".join(citations.numbers(diagnosis.evidence)))
    first = incident.signals[0]
    if first.started_at is not None and first.started_at != since:
        what = "The trouble began, as the signal reports"
        yield TimelineEntry(at=first.started_at, what=what, evidence=citations.number(first.id))
    for index, signal in enumerate(incident.signals[:SIGNALS]):
        what = "opened the incident" if index == 0 else "joined the incident"
        yield TimelineEntry(
            at=signal.received_at,
            what=f"Signal from {signal.source}, {signal.state}, {what}: {signal.title}",
            evidence=citations.number(signal.id),
        )


def _storm(incident: Incident) -> Iterator[TimelineEntry]:
    more = incident.signals[SIGNALS:]
    if more:
        yield TimelineEntry(at=more[-1].received_at, what=f"{len(more)} more signals had joined the incident")


def _reopening(incident: Incident) -> Iterator[TimelineEntry]:
    if incident.reopens:
        yield TimelineEntry(at=incident.opened_at, what=f"Opened again: {incident.reopens} did not stay healthy")


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


def _diagnosis(diagnosis: Diagnosis, ledger: Sequence[Evidence], citations: Citations) -> Iterator[TimelineEntry]:
    """At the last call that it could build on: the engine itself takes no time."""
    call_times = [item.asked_at for item in ledger if item.agent != VERIFIER]
    if call_times:
        yield TimelineEntry(
            at=max(call_times),
            what=f"Diagnosis from {len(call_times)} calls: {diagnosis.verdict.replace('_', ' ')}",
            evidence=", ".join(citations.numbers(diagnosis.evidence)),
        )


def _writes(run: RunResult, citations: Citations) -> Iterator[TimelineEntry]:
    """Each with its rehearsal, where nobody was asked about it."""
    actions = [run.plan.action, *(one.action for one in run.plan.failed)]
    rehearsals = {action.call.digest: action.rehearsal for action in actions if action is not None and action.rehearsal}
    for write in run.remediations:
        word = "Undo" if write.is_undo else "Write"
        rehearsal = rehearsals.get(write.call.digest) if write.allowed_by.startswith(BY_POLICY) else None
        more = f" ({rehearsal.text})" if rehearsal is not None else ""
        yield TimelineEntry(
            at=write.at,
            what=f"{word} {write.call.tool}: {write.outcome.replace('_', ' ')}, allowed by {write.allowed_by}{more}",
            evidence=citations.number(write.permit),
        )


def _verifications(run: RunResult, citations: Citations) -> Iterator[TimelineEntry]:
    """The last look at each remedy that did not heal and at its undo, and the last of all."""
    looks = [look for one in run.plan.failed for look in (one.verification, one.undo)]
    unique = {(look.at, look.of_undo): look for look in (*looks, run.verification) if look is not None}
    return (_verification_entries(verification, citations) for verification in unique.values())


def _verification_entries(verification: Verification, citations: Citations) -> TimelineEntry:
    subject = "Verification of the undo" if verification.of_undo else "Verification"
    numbers = citations.numbers(check.evidence for check in verification.checks)
    word = verification.verdict.replace("_", " ")
    return TimelineEntry(at=verification.at, what=f"{subject}: {word}", evidence=", ".join(dict.fromkeys(numbers)))
