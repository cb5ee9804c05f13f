"""What goes away, and what stays, when a thing restarts, is deleted or loses its node; and when a node goes down."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
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
STRATEGY: Final = {"Deployment": "spec.strategy.type", "StatefulSet": "spec.updateStrategy.type"}
SURGE: Final = "spec.strategy.rollingUpdate.maxSurge"
UNAVAILABLE: Final = "spec.strategy.rollingUpdate.maxUnavailable"
USUAL_SHARE: Final = "25%"  # of a Deployment that says nothing
READY: Final = "Ready"
PODS: Final = 200  # that are looked at
NODE_PODS: Final = ["node", "owner", "words"]


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
        text = f"{owner.short} has no pods of its own, so a restart is nothing that it can have."
        return talk.reply(query, text, outcome="cannot", subjects=[subject])
    if evidence.answer is None:
        return talk.failed(query, evidence)
    pods = rows(evidence)
    mark = talk.lookups.cite(evidence, enumeration([str(pod["name"]) for pod in pods], 6))
    if owner.kind in ("Pod", "Job"):
        again = "its Job starts another" if owner.kind == "Job" else "nothing owns it, so nothing starts it again"
        return talk.reply(query, f"{subject.short}: {again}. {mark}", subjects=[subject])
    row, read = await talk.object(owner, REPLICAS, STRATEGY.get(owner.kind, REPLICAS), SURGE, UNAVAILABLE)
    ready = [pod for pod in pods if _is_ready(pod)]
    lines = [
        f"{_serving(owner, len(ready), len(pods))} {mark}",
        f"- {_on_restart(owner.kind, row, len(ready))} {talk.lookups.cite(read)}",
        f"- {_on_loss_of_node(ready)}",
        f"- {await _on_eviction(talk, owner)}",
    ]
    return talk.reply(query, within("\n".join(lines)), subjects=[subject])


def _is_ready(pod: Mapping[str, Any]) -> bool:
    return READY in (pod.get("words") or [])


def _serving(owner: Subject, ready: int, all_: int) -> str:
    if not ready:
        return f"None of the {things('Pod', all_)} of {owner.short} is ready, so a restart takes nothing from anybody."
    if ready == 1:
        return f"Not without a gap: one pod of {owner.short} serves alone, and without it nobody does."
    rest = f"{ready - 1} serve" if ready > 2 else "the other serves"
    return f"{owner.short} has {things('Pod', ready)} that are ready; while one is replaced, {rest} on."


def _on_restart(kind: str, row: Mapping[str, Any], ready: int) -> str:
    """What `kubectl rollout restart` does, by the strategy of the workload."""
    if kind == "DaemonSet":
        return "A rollout restart replaces the pods node by node."
    if kind == "StatefulSet":
        gap = "; with a single pod that is a gap" if ready <= 1 else ""
        return f"A rollout restart replaces one pod after another, each stopped before the next starts{gap}."
    if row.get(STRATEGY["Deployment"]) == "Recreate":
        return "Its strategy is Recreate: a rollout restart stops all pods before new ones start, which is a gap."
    replicas = int(row.get(REPLICAS) or 1)
    down = _number(row.get(UNAVAILABLE), replicas, math.floor)
    extra = _number(row.get(SURGE), replicas, math.ceil)
    how = f"maxUnavailable is {down} of {replicas}, maxSurge {extra}"
    way = "new pods are ready before old ones stop" if not down else f"{max(0, replicas - down)} stay ready"
    return (
        f"A rollout restart is rolling: {how}, so {way}. Deleting a pod takes it away first and starts its successor."
    )


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
    return f"Its ready pods are spread over {len(counts)} nodes ({spread}): without any one of them, others serve on."


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
    evidence = await talk.lookups.select("Pod", columns=[*NODE_PODS, "namespace"], limit=PODS)
    if evidence.answer is None:
        return talk.failed(query, evidence)
    lines = list(_lost_with(node.name, rows(evidence)))
    mark = talk.lookups.cite(evidence, node.name)
    rest = int(data(evidence)["count"]) - len(rows(evidence))
    more = [f"{things('Pod', rest)} of the cluster were not looked at."] if rest > 0 else []
    if not lines:
        return talk.reply(query, f"No pod that serves is on node {node.name}. {mark}", subjects=[node])
    head = f"{things('Workload', len(lines))} have ready pods on node {node.name}: {mark}"
    return talk.reply(query, within("\n".join([head, *lines, *more])), subjects=[node])


def _lost_with(node: str, pods: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each owner with ready pods there, those that have no others first."""
    by_owner: dict[tuple[str, str], Counter[bool]] = {}
    for pod in pods:
        if _is_ready(pod):
            owner = str(pod.get("owner") or f"Pod/{pod['name']}")
            counts = by_owner.setdefault((str(pod.get("namespace") or ""), owner), Counter())
            counts[pod.get("node") == node] += 1
    here = [(key, counts) for key, counts in by_owner.items() if counts[True]]
    for (namespace, owner), counts in sorted(here, key=lambda item: item[1][False]):
        stay = counts[False]
        what = f"{stay} stay elsewhere" if stay else "none elsewhere, so it is down until they start on another node"
        yield f"- {_workload_name(owner)} ({namespace}): {counts[True]} there, {what}"


def _workload_name(owner: str) -> str:
    """A ReplicaSet's Deployment has its name without the hash of the template."""
    kind, _, name = owner.partition("/")
    return f"Deployment/{name.rpartition('-')[0]}" if kind == "ReplicaSet" and "-" in name else owner
