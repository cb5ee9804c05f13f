"""How a thing stands now by its own fields: ready replicas, states, restarts, an autoscaler's conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.backing import CONDITIONS, conditions
from sre_agent.chat.answers.wording import cell
from sre_agent.chat.lookup_session import data, enumeration, plain, rows
from sre_agent.domain.finding import Evidence

REPLICAS: Final = ("status.currentReplicas", "spec.maxReplicas")
RUNS: Final = ("status.lastScheduleTime", "status.lastSuccessfulTime", "spec.suspend", "status.active")
SCALES: Final = ("AbleToScale", "ScalingActive")  # conditions of an autoscaler that can act


@dataclass(frozen=True)
class ObjectStatus:
    """How a thing stands. `well` None: its state does not tell. `words` holds every state of its pods."""

    well: bool | None
    text: str
    words: frozenset[str]
    restarts: int
    evidence: Evidence


async def stand(talk: AnswerContext, subject: Subject) -> ObjectStatus | None:
    """How a thing stands now; None when it is not there."""
    more = {"Node": (CONDITIONS, "age"), "HorizontalPodAutoscaler": (CONDITIONS, *REPLICAS), "CronJob": RUNS}
    row, evidence = await talk.object(
        subject, "states", "ready", "restarts", "words", "rollout", *more.get(subject.kind, ())
    )
    if evidence.answer is None:
        return ObjectStatus(
            None, f"{subject.short} could not be read: {plain(evidence.error)}", frozenset(), 0, evidence
        )
    if not row:
        return None
    words = {str(word) for word in row.get("words") or []}
    if subject.kind == "Pod":
        return _of_pod(subject, row, words, evidence)
    if subject.kind == "HorizontalPodAutoscaler":
        return _of_autoscaler(subject, row, evidence)
    if subject.kind == "Node":
        return _of_node(subject, row, words, evidence)
    if subject.kind == "CronJob":
        return _of_cron_job(subject, row, words, evidence)
    ready = str(row.get("ready") or "")
    if not ready:
        return await _without_replicas(talk, subject, words, evidence)
    have, _, want = ready.partition("/")
    well = int(have) >= int(want)
    text = f"{have} of {want} replicas of {subject.short} are ready" if want != "0" else (
        f"{subject.short} is scaled to zero")  # fmt: skip
    progress = [str(one) for one in row.get("rollout") or []]
    words |= set(progress)
    text += f"; its rollout is {', '.join(progress)}" if "complete" not in progress and progress else ""
    restarts = 0
    if selector := await talk.pods_of(subject):
        pods = await talk.lookups.select(
            "Pod", subject.namespace, selector=selector, columns=["words", "restarts"], limit=100
        )
        restarts = sum(int(one.get("restarts") or 0) for one in rows(pods))
        words |= {str(word) for one in rows(pods) for word in one.get("words") or []}
        bad = [f"{one['name']} is {_first(one)}" for one in rows(pods) if not _is_well(one)]
        text += f"; {enumeration(bad, 4)}" if bad and not well else ""
        text += f"; its pods have restarted {restarts} times in total" if restarts else ""
    return ObjectStatus(well, text, frozenset(words), restarts, evidence)


def _of_pod(subject: Subject, row: dict[str, Any], words: set[str], evidence: Evidence) -> ObjectStatus:
    well = _is_well(row)
    restarts = int(row.get("restarts") or 0)
    ready = str(row.get("ready") or "").replace("/", " of ")
    text = f"{subject.short} is {_first(row)}" + (f", {ready} containers ready" if ready else "")
    end_reasons = [word for word in ("OOMKilled", "Error") if word in words]
    text += f", {restarts} restarts" if restarts else ""
    text += f" (before: {', '.join(end_reasons)})" if end_reasons and restarts else ""
    return ObjectStatus(well, text, frozenset(words), restarts, evidence)


async def _without_replicas(talk: AnswerContext, subject: Subject, words: set[str], evidence: Evidence) -> ObjectStatus:
    if subject.kind == "Service":
        selector = await talk.pods_of(subject)
        if not selector:
            return ObjectStatus(None, f"{subject.short} selects no pods", frozenset(words), 0, evidence)
        pods = await talk.lookups.select("Pod", subject.namespace, selector=selector, columns=["words"], limit=100)
        ready = sum(1 for one in rows(pods) if "Ready" in (one.get("words") or []))
        count = int(data(pods).get("count") or 0)
        text = f"{ready} of {count} pods behind {subject.short} ({selector}) are ready"
        return ObjectStatus(ready > 0, text, frozenset(words), 0, pods if pods.answer else evidence)
    good = words & {"Ready", "Bound", "Complete", "Active", "Completed", "Succeeded"}
    bad = words & {"NotReady", "Pending", "Failed", "Lost"}
    well = False if bad else True if good else None
    text = f"{subject.short} is {', '.join(sorted(words)) or 'there; objects of its kind report no state'}"
    return ObjectStatus(well, text, frozenset(words), 0, evidence)


def _is_well(row: dict[str, Any]) -> bool:
    return bool({"Ready", "Completed", "Succeeded"} & set(row.get("words") or row.get("states") or []))


def _first(row: dict[str, Any]) -> str:
    words = [str(word) for word in row.get("words") or row.get("states") or []]
    if words and words[0] == "Running" and "Ready" not in words:
        return "running but not ready"
    return words[0] if words else "there"


def _of_autoscaler(subject: Subject, row: dict[str, Any], evidence: Evidence) -> ObjectStatus:
    """Whether it can act: by its conditions, with the reason that the first bad one gives."""
    now, most = (row.get(column) for column in REPLICAS)
    size = f"; it has {now} of at most {most} replicas" if now is not None else f"; it may have {most} replicas at most"
    size += ", which is its limit" if now is not None and now == most else ""
    scaling_conditions = [one for one in conditions(row) if one["type"] in SCALES]
    bad = [one for one in scaling_conditions if one["status"] != "True"]
    if bad:
        text = f"{subject.short} cannot scale: {bad[0]['type']} is {bad[0]['status']} ({bad[0]['reason']}): "
        return ObjectStatus(False, text + bad[0]["message"].rstrip(".") + size, frozenset(), 0, evidence)
    text = f"{subject.short} can scale" if scaling_conditions else f"{subject.short} reports no conditions"
    return ObjectStatus(True if scaling_conditions else None, text + size, frozenset(), 0, evidence)


def _of_node(subject: Subject, row: dict[str, Any], words: set[str], evidence: Evidence) -> ObjectStatus:
    """Whether it is ready, since when (a node that was started again is ready since then), and short of anything."""
    ready = next((one for one in conditions(row) if one["type"] == "Ready"), None)
    text = f"{subject.short} is {', '.join(sorted(words)) or 'there'}"
    since = str(ready.get("lastTransitionTime") or "") if ready else ""
    text += f" since {since}" if since else ""
    text += f"; it is {age} old" if (age := cell("age", row.get("age")).removesuffix(" old")) else ""
    pressures = [one for one in conditions(row) if one["type"].endswith("Pressure")]
    shortages = [f"{one['type']} ({one['reason']})" for one in pressures if one["status"] == "True"]
    text += f"; it has {enumeration(shortages)}" if shortages else "; no pressure is reported" if pressures else ""
    return ObjectStatus("NotReady" not in words if words else None, text, frozenset(words), 0, evidence)


def _of_cron_job(subject: Subject, row: dict[str, Any], words: set[str], evidence: Evidence) -> ObjectStatus:
    """Whether its newest run ended well: by when the last one started, and when the last one succeeded."""
    start, success, is_suspended, active = (row.get(column) for column in RUNS)
    state = frozenset(words)
    if is_suspended or not start:
        last_run = f"its last run started at {start}" if start else "it has not started a run yet"
        text = f"{subject.short} is {'suspended' if is_suspended else 'there'}; {last_run}"
        return ObjectStatus(None, text, state, 0, evidence)
    text = f"the last run of {subject.short} started at {start}"
    if active:
        text += f" and has not ended; the last success was at {success}" if success else " and has not ended"
        return ObjectStatus(None, text, state, 0, evidence)
    if success and str(success) >= str(start):
        return ObjectStatus(True, f"{text} and succeeded at {success}", state, 0, evidence)
    return ObjectStatus(False, f"{text} and did not succeed", state, 0, evidence)
