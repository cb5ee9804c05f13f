"""Which objects of a kind belong to a thing: its pods, its scaler, the claims it mounts, the entrance in front of it.

What names what stands in the table of attributes (`names`), in either direction; what is aimed at a workload by labels
or reference the server tells (`of`). A few kinds are reached over a third one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.wording import flat
from sre_agent.chat.attributes import ObjectAttribute, attributes
from sre_agent.chat.lookup_session import rows
from sre_agent.chat.query import ChatQuery
from sre_agent.domain.finding import Evidence
from sre_agent.entities.lookup import AmbiguousEntity, Lookup, ResolvedEntity

AIMED: Final = {  # kinds that take a workload by labels or reference, and how one says so
    "PodDisruptionBudget": "covering", "NetworkPolicy": "applying to", "Service": "selecting",
    "HorizontalPodAutoscaler": "scaling", "ConfigMap": "used by", "Secret": "used by",
    "ServiceAccount": "used by", "PersistentVolumeClaim": "used by",
}  # fmt: skip
_RUNNING: Final = (*w.WORKLOAD_KINDS, "ReplicaSet", "Pod")
_OVER: Final[dict[tuple[str, str], str]] = {  # (kind, of what kind): over which one
    **{("Node", kind): "Pod" for kind in (*w.WORKLOAD_KINDS, "ReplicaSet", "Service", "PersistentVolumeClaim")},
    **{("PersistentVolume", kind): "PersistentVolumeClaim" for kind in _RUNNING},
    **{("StorageClass", kind): "PersistentVolumeClaim" for kind in _RUNNING},
    **{("Ingress", kind): "Service" for kind in _RUNNING},
    ("PersistentVolumeClaim", "StatefulSet"): "Pod",
}  # fmt: skip
_OF_THE_PLACE: Final = ("ResourceQuota", "LimitRange")
_MOST: Final = 100  # objects that others are looked up by


@dataclass(frozen=True)
class RelatedObjects:
    """The slots of a `kubectl_select` that leave only what belongs to a thing."""

    where: list[dict[str, Any]] = field(default_factory=list)
    selector: str = ""
    of: str = ""


async def related(talk: AnswerContext, subject: Subject, kind: str) -> RelatedObjects | None:
    """How the objects of a kind that belong to the subject are selected; None where nothing is known to join them."""
    if kind == subject.kind:
        return RelatedObjects(where=[{"column": "name", "is": subject.name}])
    if subject.kind in ("Pod", "ReplicaSet") and kind in (*w.WORKLOAD_KINDS, "ReplicaSet"):
        return _one_of("name", [one.name for one in await owners_of(talk, subject) if one.kind == kind])
    if kind == "Pod" and (selector := await talk.pods_of(subject)):
        return RelatedObjects(selector=selector)
    if kind == "Pod" and subject.kind in ("Job", "CronJob", "ReplicaSet"):
        return RelatedObjects(where=[{"column": "owner", "contains": f"/{subject.name}"}])
    if kind == "Job" and subject.kind == "CronJob":
        return RelatedObjects(where=[{"column": "owner", "is": f"CronJob/{subject.name}"}])
    if kind == "HorizontalPodAutoscaler" and subject.kind in ("Pod", "ReplicaSet"):
        subject = await workload_of(talk, subject)
    if over := _OVER.get((kind, subject.kind)):
        return await _over(talk, subject, kind, over)
    if kind in AIMED and subject.kind in _RUNNING:
        return RelatedObjects(of=f"{subject.kind}/{subject.name}")
    if (name_attribute := _naming(subject.kind, kind)) is not None:
        row, _ = await talk.object(subject, *name_attribute.columns(subject.kind))
        return _one_of(
            "name", [value for one in name_attribute.columns(subject.kind) for value in _texts(row.get(one))]
        )
    if (users := await _users(talk, subject, kind)) is not None:
        return users
    if (naming := _naming(kind, subject.kind)) is not None:
        return RelatedObjects(where=[{"column": naming.columns(kind)[0], "is": subject.name}])
    if kind in _OF_THE_PLACE and (subject.namespace or subject.kind == "Namespace"):
        return RelatedObjects()
    return None


async def select(
    talk: AnswerContext, subject: Subject, kind: str, columns: list[str], *, limit: int = 12
) -> Evidence | None:
    """The objects of a kind that belong to a thing, with these columns; None where nothing is known to join them."""
    aim = await related(talk, subject, kind)
    if aim is None:
        return None
    place = "" if kind in w.CLUSTER_KINDS else subject.namespace or (
        subject.name if subject.kind == "Namespace" else "")  # fmt: skip
    return await talk.lookups.select(
        kind, place, where=aim.where, selector=aim.selector, of=aim.of, columns=columns, limit=limit
    )


async def workload_of(talk: AnswerContext, subject: Subject) -> Subject:
    """Of a pod or a ReplicaSet what owns it: that is what others call and scale."""
    return [subject, *await owners_of(talk, subject)][-1]


async def owners_of(talk: AnswerContext, subject: Subject) -> list[Subject]:
    """The ReplicaSet and the workload of a pod, the nearest first."""
    owners: list[Subject] = []
    while subject.kind in ("Pod", "ReplicaSet"):
        row, _ = await talk.object(subject, "owner")
        kind, _, name = str(row.get("owner") or "").partition("/")
        if not name:
            break
        subject = subject.model_copy(update={"kind": kind, "name": name})
        owners.append(subject)
    return owners


async def with_one_owner(query: ChatQuery, talk: AnswerContext, lookups: list[Lookup]) -> list[Lookup]:
    """`Why?`, behind a list of pods that are all of one workload, is about that workload."""
    if query.candidates or len(lookups) != 1 or not isinstance(lookups[0], AmbiguousEntity):
        return lookups
    owners = [await workload_of(talk, one) for one in talk.memory.subjects]
    if len(set(owners)) != 1:
        return lookups
    return [ResolvedEntity(owners[0], note=f"This is about {owners[0].short}, whose pods they are.")]


async def _over(talk: AnswerContext, subject: Subject, kind: str, over: str) -> RelatedObjects | None:
    """By the objects between: the nodes of a workload are those that its pods name."""
    forth, back = _naming(over, kind), _naming(kind, over)
    wanted_columns = list(forth.columns(over)) if forth is not None else ["name"]
    evidence = await select(talk, subject, over, wanted_columns, limit=_MOST)
    if evidence is None or evidence.answer is None:
        return None
    if forth is not None:
        return _one_of(
            "name", [value for row in rows(evidence) for column in wanted_columns for value in _texts(row.get(column))]
        )
    if back is None:
        return None
    return _one_of(back.columns(kind)[0], [str(row["name"]) for row in rows(evidence)])


async def _users(talk: AnswerContext, subject: Subject, kind: str) -> RelatedObjects | None:
    """Those that name the subject in one of several fields, as pods do with a ConfigMap; None where one field does."""
    naming = [one for one in attributes().values() if one.names == subject.kind and kind in one.kinds]
    columns = list(dict.fromkeys(column for one in naming for column in one.columns(kind)))
    if len(columns) < 2:
        return None
    evidence = await talk.lookups.select(kind, subject.namespace, columns=columns, limit=_MOST)
    if evidence.answer is None:
        return None
    names = [str(row["name"]) for row in rows(evidence) if any(subject.name in _texts(row.get(one)) for one in columns)]
    return _one_of("name", names)


def _naming(kind: str, other: str) -> ObjectAttribute | None:
    """The attribute of one kind that holds names of another."""
    return next((one for one in attributes().values() if one.names == other and kind in one.kinds), None)


def _one_of(column: str, values: list[str]) -> RelatedObjects:
    """Those whose column is one of these; of no value none: no object has an empty name."""
    return RelatedObjects(where=[{"column": column, "is": list(dict.fromkeys(values)) or "-"}])


def _texts(value: Any) -> list[str]:
    return [str(one) for one in flat(value if isinstance(value, list) else [value]) if one not in (None, "")]
