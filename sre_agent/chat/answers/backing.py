"""What stands behind things that do no work themselves: an autoscaler's workload, a claim's pods, an owner's scaler."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.verdicts import investigated
from sre_agent.chat.lookup_session import data, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.domain.report import Report

CONDITIONS: Final = "status.conditions"
DEPENDENTS: Final = frozenset(
    {"HorizontalPodAutoscaler", "PersistentVolumeClaim"}
)  # told of beside what stands behind them
_CLAIM: Final = "spec.volumes.persistentVolumeClaim.claimName"


def conditions(row: dict[str, Any]) -> list[dict[str, str]]:
    """The conditions of an object whose column `CONDITIONS` was asked for; what one lacks is empty."""
    condition_rows = row.get(CONDITIONS) or []
    parts = ("type", "status", "reason", "message", "lastTransitionTime")
    return [{part: str(one.get(part, "")) for part in parts} for one in condition_rows]


async def autoscaler_of(query: ChatQuery, talk: AnswerContext, subject: Subject) -> Subject | None:
    """The autoscaler of a workload whose scaling is asked about, None where it has none; any other subject as it is."""
    if "scaling" not in query.cues or subject.kind not in w.WORKLOAD_KINDS:
        return subject
    of = f"{subject.kind}/{subject.name}"
    evidence = await talk.lookups.select("HorizontalPodAutoscaler", subject.namespace, of=of, columns=["name"])
    name = next((str(row["name"]) for row in rows(evidence)), "")
    scope = str(data(evidence).get("scope", ""))
    kind = "HorizontalPodAutoscaler"
    return Subject(scope=scope, kind=kind, namespace=subject.namespace, name=name) if name else None


async def investigated_behind(query: ChatQuery, talk: AnswerContext, subject: Subject) -> Report | None:
    """An investigation of what does the work: the workload that is scaled, a pod that mounts the claim."""
    backing = subject
    if subject.kind == "HorizontalPodAutoscaler":
        row, _ = await talk.object(subject, "spec.scaleTargetRef.kind", "spec.scaleTargetRef.name")
        kind, name = row.get("spec.scaleTargetRef.kind"), row.get("spec.scaleTargetRef.name")
        if kind and name:
            backing = Subject(scope=subject.scope, kind=str(kind), namespace=subject.namespace, name=str(name))
    elif subject.kind == "PersistentVolumeClaim":
        where = [{"column": _CLAIM, "is": subject.name}]
        evidence = await talk.lookups.select("Pod", subject.namespace, where=where, columns=["name"], limit=1)
        for row in rows(evidence):
            backing = Subject(scope=subject.scope, kind="Pod", namespace=subject.namespace, name=str(row["name"]))
    return await investigated(query, talk, backing)
