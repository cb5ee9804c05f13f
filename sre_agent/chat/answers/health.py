"""Whether something is well, why it is not, and what is wrong anywhere. A premise that does not hold is said first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answers import alarms, network, objects
from sre_agent.chat.answers.log_words import trouble
from sre_agent.chat.desk import data, listed, plain, rows
from sre_agent.chat.names import Found
from sre_agent.chat.query import Query
from sre_agent.chat.reply import Reply, within
from sre_agent.chat.states import State
from sre_agent.chat.talk import Talk, hint
from sre_agent.domain.finding import Evidence
from sre_agent.domain.report import Report

STATED: Final = 700  # characters of a diagnosis in an answer
STATED_TOGETHER: Final = 1_200  # of several
CITED: Final = 4  # of its evidence
WITH_LOGS: Final = frozenset({"Pod", *w.WORKLOAD_KINDS, "ReplicaSet"})


@dataclass(frozen=True)
class Standing:
    """How a thing stands. `well` None: its state does not tell. `words` holds every state of its pods."""

    well: bool | None
    text: str
    words: frozenset[str]
    restarts: int
    evidence: Evidence


async def healthy(query: Query, talk: Talk) -> Reply:
    """`is X ready`, `is X crashing`: yes or no with what shows it."""
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    found = await talk.names.all_meant(query, namespace)
    if not found and any(not state.good for state, _ in query.states):
        return await objects.answer(replace(query, intent="list", kinds=query.kinds or ("Pod",)), talk)
    if not found:
        return await troubles(query, talk)
    subjects: list[Subject] = []
    parts: list[str] = []
    report = None
    for one in found:
        if one.subject is None:
            return talk.unmet(query, one)
        standing = await stand(talk, one.subject)
        if standing is None:
            return talk.unmet(query, Found(problem=f"{one.subject.short} is not there any more."))
        subjects.append(one.subject)
        parts += [one.note] if one.note else []
        parts.append(_yes_or_no(query, standing) + f" {talk.desk.cite(standing.evidence)}")
        if standing.well is False:
            report = await _investigated(query, talk, one.subject)
            parts += [_stated(talk, report)] if report is not None and report.diagnosis.verdict == "cause" else []
    calls = report.cost.tool_calls if report else 0
    return talk.reply(query, within("\n".join(parts)), subjects=subjects, report=report, calls=calls)


def _yes_or_no(query: Query, standing: Standing) -> str:
    """The answer to a yes-no question about the first state that it names."""
    if not query.states:
        doubted = query.unhealthy
        good = standing.well
        holds = None if good is None else (good is not doubted)
    else:
        state, negated = query.states[0]
        holds = holding(state, standing) is not negated
    return f"{'It cannot be told' if holds is None else 'Yes' if holds else 'No'}: {standing.text}."


def holding(state: State, standing: Standing) -> bool:
    """Whether a state is true of a thing: a good one of all of it, any other of a part."""
    if state.over is not None:
        return standing.restarts > state.over
    if state.good and standing.well is not None:
        return standing.well
    return bool(set(state.values) & standing.words)


async def stand(talk: Talk, subject: Subject) -> Standing | None:
    """How a thing stands now; None when it is not there."""
    row, evidence = await talk.object(subject, "states", "ready", "restarts", "words")
    if evidence.answer is None:
        return Standing(
            None, f"{subject.short} could not be looked at: {plain(evidence.error)}", frozenset(), 0, evidence
        )
    if not row:
        return None
    words = {str(word) for word in row.get("words") or []}
    if subject.kind == "Pod":
        return _of_pod(subject, row, words, evidence)
    ready = str(row.get("ready") or "")
    if not ready:
        return await _without_replicas(talk, subject, words, evidence)
    have, _, want = ready.partition("/")
    well = int(have) >= int(want)
    text = f"{have} of {want} replicas of {subject.short} are ready" if want != "0" else (
        f"{subject.short} is scaled to zero: no replica is wanted")  # fmt: skip
    restarts = 0
    if selector := await talk.pods_of(subject):
        pods = await talk.desk.select(
            "Pod", subject.namespace, selector=selector, columns=["words", "restarts"], limit=100
        )
        restarts = sum(int(one.get("restarts") or 0) for one in rows(pods))
        words |= {str(word) for one in rows(pods) for word in one.get("words") or []}
        bad = [f"{one['name']} is {_first(one)}" for one in rows(pods) if not _is_well(one)]
        text += f"; {listed(bad, 4)}" if bad and not well else ""
        text += f"; its pods restarted {restarts} times in all" if restarts else ""
    return Standing(well, text, frozenset(words), restarts, evidence)


def _of_pod(subject: Subject, row: dict[str, Any], words: set[str], evidence: Evidence) -> Standing:
    well = _is_well(row)
    restarts = int(row.get("restarts") or 0)
    ready = str(row.get("ready") or "").replace("/", " of ")
    text = f"{subject.short} is {_first(row)}" + (f", {ready} containers ready" if ready else "")
    ended = [word for word in ("OOMKilled", "Error") if word in words]
    text += f", restarted {restarts} times" if restarts else ""
    text += f" (before: {', '.join(ended)})" if ended and restarts else ""
    return Standing(well, text, frozenset(words), restarts, evidence)


async def _without_replicas(talk: Talk, subject: Subject, words: set[str], evidence: Evidence) -> Standing:
    if subject.kind == "Service":
        selector = await talk.pods_of(subject)
        if not selector:
            return Standing(None, f"{subject.short} selects no pods", frozenset(words), 0, evidence)
        pods = await talk.desk.select("Pod", subject.namespace, selector=selector, columns=["words"], limit=100)
        ready = sum(1 for one in rows(pods) if "Ready" in (one.get("words") or []))
        count = int(data(pods).get("count") or 0)
        text = f"{ready} of {count} pods behind {subject.short} ({selector}) are ready"
        return Standing(ready > 0, text, frozenset(words), 0, pods if pods.answer else evidence)
    good = words & {"Ready", "Bound", "Complete", "Active", "Completed", "Succeeded"}
    bad = words & {"NotReady", "Pending", "Failed", "Lost"}
    well = False if bad else True if good else None
    text = f"{subject.short} is {', '.join(sorted(words)) or 'there; its kind tells no state'}"
    return Standing(well, text, frozenset(words), 0, evidence)


def _is_well(row: dict[str, Any]) -> bool:
    return bool({"Ready", "Completed", "Succeeded"} & set(row.get("words") or row.get("states") or []))


def _first(row: dict[str, Any]) -> str:
    words = [str(word) for word in row.get("words") or row.get("states") or []]
    if words and words[0] == "Running" and "Ready" not in words:
        return "running but not ready"
    return words[0] if words else "there"


async def why(query: Query, talk: Talk) -> Reply:
    """What is wrong with it: the same investigation as of an incident, which here only looks."""
    if "reach" in query.cues and len(query.named) + bool(query.refers) > 1:
        return await network.answer(query, talk)
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    found = await talk.names.all_meant(query, namespace)
    if not found:
        return await _of_many(query, talk, namespace)
    if found[0].subject is None:
        return talk.unmet(query, found[0])
    subject = found[0].subject
    standing = await stand(talk, subject)
    over = await _over(talk, subject, standing) if standing is not None else ""
    if standing is not None and not over and _is_false(query, standing):
        over = f"That is not so: {standing.text}. {talk.desk.cite(standing.evidence)}"
    if over:
        return talk.reply(query, "\n".join(filter(None, [found[0].note, over])), subjects=[subject])
    report = await _investigated(query, talk, subject)
    parts = [found[0].note] if found[0].note else []
    if report is not None and "when" in query.cues and "why" not in query.cues:
        parts.append(_since(subject, report))
    if report is not None:
        parts.append(_stated(talk, report))
    if subject.kind in WITH_LOGS and (report is None or report.diagnosis.verdict != "cause"):
        said = await trouble(talk, subject)
        parts = [*parts[:-1], said, *parts[-1:]] if said and _is_quiet(report) else [*parts, said]
    text = within("\n".join(part for part in parts if part)) or "Nothing could be found out."
    calls = report.cost.tool_calls if report else 0
    return talk.reply(query, text, subjects=[subject], report=report, calls=calls)


async def _over(talk: Talk, subject: Subject, standing: Standing) -> str:
    """That a pod has come to its end as it should, by its containers' ends; empty where it has not."""
    if subject.kind != "Pod" or "Completed" not in standing.words:
        return ""
    ended = "status.containerStatuses.state.terminated"
    row, found = await talk.object(subject, f"{ended}.exitCode", f"{ended}.finishedAt", "owner", "spec.restartPolicy")
    codes = sorted({str(code) for code in row.get(f"{ended}.exitCode") or []})
    when = max(map(str, row.get(f"{ended}.finishedAt") or []), default="")
    of = f" It belongs to {row['owner']}." if row.get("owner") else ""
    policy = f" (restartPolicy {row['spec.restartPolicy']})" if row.get("spec.restartPolicy") else ""
    said = f" with exit code {listed(codes)}" if codes else ""
    text = f"{subject.short} is completed: its containers ended{said}{f' at {when}' if when else ''}"
    return f"{text}, and nothing starts them again{policy}.{of} {talk.desk.cite(found)}"


def _since(subject: Subject, report: Report) -> str:
    """Since when, by the cause; empty where nothing tells it."""
    cause = report.diagnosis.hypothesis
    if cause is None or cause.since is None or report.diagnosis.verdict != "cause":
        return f"Since when {subject.short} is so cannot be told."
    return f"Since {cause.since:%Y-%m-%dT%H:%M:%SZ}."


def _is_quiet(report: Report | None) -> bool:
    return report is not None and report.diagnosis.verdict in ("no_fault", "recovered")


def _is_false(query: Query, standing: Standing) -> bool:
    """Whether the question takes for granted what is not so; only where the state tells it for sure."""
    if standing.well is None or not query.states:
        return False
    state, negated = query.states[0]
    if state.good and not negated:
        return False
    return holding(state, standing) is negated and standing.well


async def _investigated(query: Query, talk: Talk, subject: Subject) -> Report | None:
    return await talk.responding.investigate(query.text, [hint(subject)])


def _stated(talk: Talk, report: Report) -> str:
    lines = {line.id: line for line in report.evidence}
    marks = [talk.desk.adopt(lines[key]) for key in report.diagnosis.evidence if key in lines][:CITED]
    return " ".join([within(report.statement, STATED), *marks])


async def _of_many(query: Query, talk: Talk, namespace: str) -> Reply:
    """Why several are in a state: of one owner it is looked into, of several they are listed."""
    if not query.kinds or not query.states:
        return await troubles(query, talk)
    listed_ = await objects.answer(replace(query, intent="list", columns=()), talk)
    if listed_.outcome != "answered" or len(talk.memory.subjects) != 1 or not listed_.subjects:
        return listed_
    only = talk.memory.subjects[0]
    report = await _investigated(query, talk, only)
    if report is None:
        return listed_
    text = within(f"{listed_.text}\n{_stated(talk, report)}")
    return talk.reply(query, text, subjects=[only], report=report, calls=report.cost.tool_calls)


async def troubles(query: Query, talk: Talk) -> Reply:
    """Everything that is wrong in a namespace or the cluster, as causes."""
    namespace, problem = await talk.names.namespace(query)
    if problem is not None:
        return talk.unmet(query, problem)
    found = await talk.responding.sweep(namespace)
    subjects = [trouble_.subject for trouble_ in found.troubles]
    lines = [found.statement.split("\n")[0]]
    each = max(200, min(520, STATED_TOGETHER // max(1, len(found.troubles))))
    for one in found.troubles[:12]:
        sure = f" ({one.confidence:.0%})" if one.verdict == "cause" else " (cause open)"
        mark = await talk.desk.recall(one.evidence[0]) if one.evidence else ""
        lines.append(f"- {within(one.statement, each)}{sure} {mark}".rstrip())
    if not found.troubles and found.gaps:
        lines.append(f"Not everything could be seen: {found.gaps[0]}")
    if not found.troubles:
        lines.append(await alarms.beside(talk, namespace))
    text = within("\n".join(line for line in lines if line))
    return talk.reply(query, text, subjects=subjects[:8], namespace=namespace, calls=found.calls)
