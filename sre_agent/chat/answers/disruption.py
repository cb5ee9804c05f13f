"""What goes away, and what stays, when a thing restarts, is deleted or loses its node; and when a node goes down."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.cloud import cannot_tell
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.answers.related import select, workload_of
from sre_agent.chat.answers.wording import things
from sre_agent.chat.lookup_session import data, enumeration, rows
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within

REPLICAS: Final = "spec.replicas"
STRATEGY: Final = {
    "Deployment": "spec.strategy.type",
    "StatefulSet": "spec.updateStrategy.type",
    "DaemonSet": "spec.updateStrategy.type",
}
SURGE: Final = "spec.strategy.rollingUpdate.maxSurge"
UNAVAILABLE: Final = "spec.strategy.rollingUpdate.maxUnavailable"
USUAL_SHARE: Final = "25%"  # of a Deployment that says nothing
READY: Final = "Ready"
PODS: Final = 200  # of one workload or node, that are looked at
IS_READY: Final = {"column": "words", "is": READY}


@answers("disruption")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    """Of a node the workloads that it carries; of anything else what serves on while its pods are replaced."""
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    if not subjects:
        text = 'Of what? Name it, for example "is it safe to restart checkout" or "what happens when node-a goes down".'
        return talk.reply(query, text, outcome="cannot")
    if (cannot := cannot_tell(query, talk, subjects)) is not None:
        return cannot
    node = next((one for one in subjects if one.kind == "Node"), None)
    others = [one for one in subjects if one.kind != "Node"]
    return await _of_node(query, talk, node) if node and not others else await _of_workload(query, talk, others[0])


async def _of_workload(query: ChatQuery, talk: AnswerContext, subject: Subject) -> ChatReply:
    owner = await workload_of(talk, subject)
    evidence = await select(talk, owner, "Pod", ["node", "words"], limit=PODS)
    if evidence is None:
        text = f"{owner.short} has no pods of its own, so there is nothing to restart."
        return talk.reply(query, text, outcome="cannot", subjects=[subject])
    if evidence.answer is None:
        return talk.failed(query, evidence)
    pods = rows(evidence)
    mark = talk.lookups.cite(evidence, enumeration([str(pod["name"]) for pod in pods], 6))
    if owner.kind in ("Pod", "Job"):
        again = "its Job starts another" if owner.kind == "Job" else "nothing owns it, so nothing starts it again"
        return talk.reply(query, f"{subject.short}: {again}. {mark}", subjects=[subject])
    row, read = await talk.object(owner, REPLICAS, STRATEGY.get(owner.kind, REPLICAS), SURGE, UNAVAILABLE)
    ready = [pod for pod in pods if READY in (pod.get("words") or [])]
    if not pods:
        return talk.reply(query, f"{owner.short} has no pods. {mark}", subjects=[subject])
    lines = [
        f"{_serving(owner, len(ready), len(pods), has_gap=_has_gap(owner.kind, row))} {mark}",
        f"- {_on_restart(owner.kind, row, len(ready))} {talk.lookups.cite(read)}",
        f"- {_on_loss_of_node(ready)}",
        f"- {await _on_eviction(talk, owner)}",
    ]
    return talk.reply(query, within("\n".join(lines)), subjects=[subject])


def _serving(owner: Subject, ready: int, all_: int, *, has_gap: bool) -> str:
    if not ready:
        return f"None of the {things('Pod', all_)} of {owner.short} is ready, so a restart takes nothing from anybody."
    if ready == 1:
        lead = "Not without a gap: one" if has_gap else "One"
        return f"{lead} pod of {owner.short} serves alone, and without it nobody does."
    rest = f"{ready - 1} keep" if ready > 2 else "the other keeps"
    return f"{owner.short} has {things('Pod', ready)} that are ready; while one is replaced, {rest} serving."


def _on_restart(kind: str, row: Mapping[str, Any], ready: int) -> str:
    """What `kubectl rollout restart` does, by the strategy of the workload."""
    if row.get(STRATEGY.get(kind, "")) == "OnDelete":
        return "Its strategy is OnDelete: a rollout restart replaces a pod only once somebody deletes it."
    if kind == "DaemonSet":
        return "A rollout restart replaces the pods node by node."
    if kind == "StatefulSet":
        gap = "; with a single pod that is a gap" if ready <= 1 else ""
        return f"A rollout restart replaces one pod after another, each stopped before the next starts{gap}."
    if row.get(STRATEGY["Deployment"]) == "Recreate":
        return "Its strategy is Recreate: a rollout restart stops all pods before new ones start, which is a gap."
    replicas, down, extra = _bounds(row)
    how = f"maxUnavailable is {down} of {replicas}, maxSurge {extra}"
    way = "new pods are ready before old ones stop" if not down else f"{max(0, replicas - down)} stay ready"
    return (
        f"A rollout restart is rolling: {how}, so {way}. Deleting a pod takes it away first and starts its successor."
    )


def _has_gap(kind: str, row: Mapping[str, Any]) -> bool:
    """Whether the only pod of a workload is gone for a while when it is rolled out anew."""
    if kind != "Deployment" or row.get(STRATEGY["Deployment"]) == "Recreate":
        return True
    return _bounds(row)[1] > 0


def _bounds(row: Mapping[str, Any]) -> tuple[int, int, int]:
    """Of a rolling update the pods that there are to be, how many of them may be missing, and how many may be added.
    Kubernetes lets one be missing where neither would be possible."""
    replicas = int(row.get(REPLICAS) or 1)
    down = _number(row.get(UNAVAILABLE), replicas, math.floor)
    extra = _number(row.get(SURGE), replicas, math.ceil)
    return replicas, max(down, 0 if extra else 1), extra


def _number(value: Any, of: int, rounding: Any) -> int:
    """Of a number or a percentage, as Kubernetes rounds it: what may be missing down, what may be added up."""
    text = str(value if value not in (None, "") else USUAL_SHARE)
    return int(rounding(of * float(text[:-1]) / 100)) if text.endswith("%") else int(float(text))


def _on_loss_of_node(ready: list[dict[str, Any]]) -> str:
    counts = Counter(str(pod.get("node") or "no node") for pod in ready)
    if not counts:
        return "No ready pod is on any node."
    if len(counts) == 1:
        return f"All ready pods are on node {next(iter(counts))}: when that is lost, none serves until others start."
    spread = ", ".join(f"{node} {count}" for node, count in counts.most_common())
    return (
        f"Its ready pods are spread over {len(counts)} nodes ({spread}): without any one of them, others keep serving."
    )


async def _on_eviction(talk: AnswerContext, owner: Subject) -> str:
    """What a drain may evict."""
    columns = ["status.disruptionsAllowed"]
    evidence = await select(talk, owner, "PodDisruptionBudget", columns, limit=3)
    if evidence is None or evidence.answer is None:
        return "Whether a PodDisruptionBudget covers it could not be read."
    budgets = rows(evidence)
    mark = talk.lookups.cite(evidence)
    if not budgets:
        return f"No PodDisruptionBudget covers it: a drain may evict all of its pods at once. {mark}"
    allowed = [f"{one['name']} permits {one.get(columns[0]) or 0}" for one in budgets]
    return f"Evictions that are permitted now: {enumeration(allowed)}. {mark}"


async def _of_node(query: ChatQuery, talk: AnswerContext, node: Subject) -> ChatReply:
    """The workloads with ready pods there, those that have no others first. How many each has elsewhere is counted over
    its whole namespace, however many pods that has."""
    where = [{"column": "node", "is": node.name}, IS_READY]
    here = await talk.lookups.select("Pod", where=where, columns=["owner", "namespace"], limit=PODS)
    if here.answer is None:
        return talk.failed(query, here)
    mark = talk.lookups.cite(here, node.name)
    owners = [(str(pod.get("namespace") or ""), str(pod.get("owner") or "")) for pod in rows(here)]
    there = Counter((namespace, _workload_name(owner)) for namespace, owner in owners)
    if not there:
        return talk.reply(query, f"No pod that serves is on node {node.name}. {mark}", subjects=[node])
    ready = Counter[tuple[str, str]]()  # during a rollout a Deployment has pods of two ReplicaSets
    for namespace in sorted({namespace for namespace, _ in there}):
        counts = await talk.lookups.select("Pod", namespace, where=[IS_READY], group_by="owner", limit=1)
        if counts.answer is None:
            return talk.failed(query, counts)
        mark += talk.lookups.cite(counts, namespace)
        for owner, number in (data(counts).get("groups") or {}).items():
            ready[namespace, _workload_name(str(owner))] += int(number)
    elsewhere = {key: ready[key] - count if ready[key] >= count else None for key, count in there.items() if key[1]}
    lines = [_line(key, there[key], rest) for key, rest in sorted(elsewhere.items(), key=lambda item: item[1] or 0)]
    alone = sum(count for (_, owner), count in there.items() if not owner)
    lines += [f"- {things('Pod', alone)} without an owner: nothing starts them again"] if alone else []
    rest = int(data(here)["count"]) - len(rows(here))
    more = [f"{things('Pod', rest)} of the node were not looked at."] if rest > 0 else []
    head = (
        f"{len(lines)} {'workload has' if len(lines) == 1 else 'workloads have'} ready pods on node {node.name}: {mark}"
    )
    return talk.reply(query, within("\n".join([head, *lines, *more])), subjects=[node])


def _line(key: tuple[str, str], count: int, elsewhere: int | None) -> str:
    """`elsewhere` is None where it was not counted."""
    what = "none elsewhere, so it is down until they start on another node"
    if elsewhere is None:
        what = "how many elsewhere was not counted"
    elif elsewhere:
        what = f"{elsewhere} {'stays' if elsewhere == 1 else 'stay'} elsewhere"
    return f"- {key[1]} ({key[0]}): {count} there, {what}"


def _workload_name(owner: str) -> str:
    """A ReplicaSet's Deployment has its name without the hash of the template."""
    kind, _, name = owner.partition("/")
    return f"Deployment/{name.rpartition('-')[0]}" if kind == "ReplicaSet" and "-" in name else owner
