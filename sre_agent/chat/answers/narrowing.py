"""What a question selects, as conditions: states, labels, thresholds, times, and what its names narrow it to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.memory import is_out_of_reach
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.states import STATES
from sre_agent.entities.lookup import Unmet
from sre_agent.language.mentions import Mention

AIMED: Final = {  # kinds that take a workload by labels or reference, and how one says so
    "PodDisruptionBudget": "covering", "NetworkPolicy": "applying to", "Service": "selecting",
    "HorizontalPodAutoscaler": "scaling", "ConfigMap": "used by", "Secret": "used by",
    "ServiceAccount": "used by", "PersistentVolumeClaim": "used by",
}  # fmt: skip


@dataclass
class Selection:
    """What is selected: conditions, labels, and the same in words."""

    where: list[dict[str, Any]] = field(default_factory=list)
    selector: str = ""
    in_words: list[str] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    of: str = ""


async def asked_for(
    query: ChatQuery, talk: AnswerContext, namespace: str, named: Sequence[Mention], kind: str
) -> Selection | Unmet:
    """The conditions of a question on one kind, or why a name in it leads nowhere."""
    asked = Selection(selector=query.selector)
    if query.selector:
        asked.in_words.append(f"with the label {query.selector}")
    for state, negated in query.states:
        if not (state.column == "restarts" and (kind != "Pod" or query.thresholds)):
            asked.where.append(state.condition(negated))
    if query.unhealthy and not query.states:
        asked.where.append(STATES["healthy"].condition(True))
    for side, bound in query.thresholds:
        column = "restarts" if kind == "Pod" else "replicas"
        asked.where.append({"column": column, side: bound})
        asked.in_words.append(f"with {'more' if side == 'over' else 'fewer'} than {bound} {column}")
    if query.window.start is not None:
        ended = any(state.column == "words" for state, _ in query.states)  # of a run that is over
        column = "since_restart" if kind == "Pod" and (ended or "restarts" in query.cues) else "age"
        seconds = int((talk.lookups.now - query.window.start).total_seconds())
        asked.where.append({"column": column, "under": seconds})
        verb = "restarted" if column == "since_restart" else "created"
        asked.in_words.append(f"{verb} since {query.window.start:%Y-%m-%dT%H:%M:%SZ}")
    for column in query.lacking:
        asked.where.append({"column": column, "is": ""})
        asked.in_words.append(f"without {column.replace('_', ' ')}")
    for text in query.texts:
        asked.where.append({"column": "text", "contains": text})
        asked.in_words.append(f'with "{text}" in its declared configuration')
    for mention in named:
        if (problem := await _narrow(asked, query, talk, namespace, mention, kind, named)) is not None:
            return problem
    if query.refers in ("last", "other") and not named:
        for found in await talk.names.all_meant(query, namespace):
            if found.subject is None:
                return found
            asked.subjects.append(found.subject)
            await narrow_by_owner(asked, talk, found.subject, kind)
    return asked


async def _narrow(
    asked: Selection,
    query: ChatQuery,
    talk: AnswerContext,
    namespace: str,
    mention: Mention,
    kind: str,
    named: Sequence[Mention],
) -> Unmet | None:
    """One name of the question as a condition: an image, a node, an owner, or a text that stands in the object."""
    for column in ("images", "labels", "annotations", "storage_class"):
        if column in query.columns and mention.kind != "Node" and mention.place != "on":
            asked.where.append({"column": column, "contains": mention.name})
            asked.in_words.append(f"with {mention.name} in its {column.replace('_', ' ')}")
            return None
    if mention.kind == "Node" or mention.place == "on":
        found = await talk.names.subject(replace(mention, kind="Node"))
        if found.subject is None:
            return found
        asked.where.append({"column": "node", "is": found.subject.name})
        asked.in_words.append(f"on node {found.subject.name}")
        return None
    found = await talk.names.subject(mention, namespace)
    if found.subject is None and mention.loose and len(named) > 1:
        return None
    if found.subject is None and (is_out_of_reach(found) or mention.kind or (found.choices and mention.place != "in")):
        return found
    if found.subject is not None:
        asked.subjects.append(found.subject)
        await narrow_by_owner(asked, talk, found.subject, kind)
        return None
    if mention.place == "in":
        return talk.names.no_namespace(mention.name, await talk.names.namespaces())
    asked.where.append({"column": "text", "contains": mention.name})
    asked.in_words.append(f"with {mention.name} in its declared configuration")
    return None


async def narrow_by_owner(asked: Selection, talk: AnswerContext, subject: Subject, kind: str) -> None:
    """Of pods those that the subject has; of what is aimed at workloads that; of other kinds those of its name."""
    selector = await talk.pods_of(subject) if kind == "Pod" and subject.kind != "Pod" else None
    if selector:
        asked.selector = ",".join(filter(None, [asked.selector, selector]))
    elif kind == "Pod" and subject.kind in ("Job", "CronJob", "ReplicaSet"):
        asked.where.append({"column": "owner", "contains": f"/{subject.name}"})
    elif kind in AIMED and subject.kind in (*w.WORKLOAD_KINDS, "ReplicaSet", "Pod"):
        asked.of = f"{subject.kind}/{subject.name}"
        asked.in_words.append(f"{AIMED[kind]} {subject.short}")
        return
    else:
        asked.where.append({"column": "name", "contains": subject.name})
    asked.in_words.append(f"of {subject.short}")
