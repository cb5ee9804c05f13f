"""The scheduler: gives each pending pod a node, or says why none takes it."""

from __future__ import annotations

from collections import Counter

from sre_agent.lab.behaviour import frozen
from sre_agent.lab.behaviour.controllers.fit import Misfit, awaits_volume, misfit, requested, unbound_claim
from sre_agent.lab.behaviour.controllers.pods import phase
from sre_agent.lab.behaviour.controllers.queue import WorkQueue
from sre_agent.lab.behaviour.events import record
from sre_agent.lab.behaviour.ownership import controller_of
from sre_agent.lab.clock import rfc3339
from sre_agent.lab.kubernetes import deletion
from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.store import Change, Obj
from sre_agent.lab.world import World

COMPONENT = "default-scheduler"
RETRY_SECONDS = 300.0
NOT_HELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"


class Scheduler:
    def __init__(self, world: World) -> None:
        self._world = world
        self._queue = WorkQueue(world.clock, self.schedule)
        world.objects.subscribe(self._on_change)
        frozen.on_thaw(world, lambda thawed: self._retry_pending())
        self._retry_pending()

    def _on_change(self, change: Change) -> None:
        obj = change.object
        if obj["kind"] == "Pod":
            if change.type == "ADDED" and not obj["spec"].get("nodeName"):
                self._queue.add(obj["metadata"]["namespace"], obj["metadata"]["name"])
            elif change.type == "DELETED" or _finished_now(change) or _became_schedulable(change):
                self._retry_pending()
        elif obj["kind"] == "Node":
            if change.before is None or _offer(change.before) != _offer(obj):
                self._retry_pending()
        elif obj["kind"] in ("PersistentVolumeClaim", "PersistentVolume"):
            self._retry_pending()

    def _retry_pending(self) -> None:
        for pod in self._world.objects.all("Pod"):
            if not pod["spec"].get("nodeName"):
                self._queue.add(pod["metadata"]["namespace"], pod["metadata"]["name"])

    def schedule(self, namespace: str, name: str) -> None:
        pod = self._world.objects.get("Pod", namespace, name)
        if pod is None or pod["spec"].get("nodeName") or pod["metadata"].get("deletionTimestamp"):
            return
        if phase(pod) != "Pending" or pod["spec"].get("schedulingGates") or frozen.is_frozen(self._world, pod):
            return
        if pod["spec"].get("schedulerName", COMPONENT) != COMPONENT or awaits_volume(self._world, pod):
            return
        placed = [p for p in self._world.objects.all("Pod") if p["spec"].get("nodeName") and not _finished(p)]
        nodes = self._world.objects.all("Node")
        claim = unbound_claim(self._world, pod)
        refusals = {
            node["metadata"]["name"]: Misfit((claim,)) if claim else misfit(pod, node, _on(node, placed), placed)
            for node in nodes
        }
        fitting = [node for node in nodes if refusals[node["metadata"]["name"]] is None]
        if fitting:
            self._bind(pod, min(fitting, key=lambda node: _cost(pod, node, placed)))
        else:
            self._refuse(pod, nodes, placed, {k: r for k, r in refusals.items() if r is not None}, claim)

    def _bind(self, pod: Obj, node: Obj) -> None:
        meta = pod["metadata"]
        name = node["metadata"]["name"]
        at = rfc3339(self._world.clock.now())

        def change(obj: Obj) -> None:
            obj["spec"]["nodeName"] = name
            scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": at}
            _put_condition(obj, scheduled)

        text = f"Successfully assigned {meta['namespace']}/{meta['name']} to {name}"
        record(self._world, pod, "Normal", "Scheduled", text, component=COMPONENT, style="events")
        self._world.objects.edit("Pod", meta["namespace"], meta["name"], change)

    def _refuse(self, pod: Obj, nodes: list[Obj], placed: list[Obj], refusals: dict[str, Misfit], claim: str) -> None:
        meta = pod["metadata"]
        if not nodes:
            text = "no nodes available to schedule pods"
        else:
            if claim:
                text = f"0/{len(nodes)} nodes are available: {claim}."
            else:
                text = _sentence(len(nodes), Counter(reason for r in refusals.values() for reason in r.reasons))
            clause = self._preempt(pod, nodes, placed, refusals)
            text += f" preemption: {clause}" if clause else ""
        record(self._world, pod, "Warning", "FailedScheduling", text, component=COMPONENT, style="events")
        at = rfc3339(self._world.clock.now())
        failed = {"type": "PodScheduled", "status": "False", "lastProbeTime": None, "lastTransitionTime": at}
        failed |= {"reason": "Unschedulable", "message": text}
        self._world.objects.edit("Pod", meta["namespace"], meta["name"], lambda obj: _put_condition(obj, failed))
        self._queue.add(meta["namespace"], meta["name"], delay=RETRY_SECONDS)

    def _preempt(self, pod: Obj, nodes: list[Obj], placed: list[Obj], refusals: dict[str, Misfit]) -> str:
        """Make room by removing pods of lower priority; the text on why that does not work, empty when it does."""
        if pod["spec"].get("preemptionPolicy") == "Never":
            return "not eligible due to preemptionPolicy=Never."
        outcome: Counter[str] = Counter()
        for node in nodes:
            if not refusals[node["metadata"]["name"]].curable:
                outcome[NOT_HELPFUL] += 1
                continue
            here = _on(node, placed)
            victims = sorted((p for p in here if _priority(p) < _priority(pod)), key=_priority)
            if not victims:
                outcome[NO_VICTIMS] += 1
                continue
            for count in range(1, len(victims) + 1):
                stay = [p for p in here if p not in victims[:count]]
                left = misfit(pod, node, stay, [p for p in placed if p not in victims[:count]])
                if left is None:
                    self._evict(pod, node, victims[:count])
                    return ""
            outcome.update(left.reasons if left else ())
        return _sentence(len(nodes), outcome)

    def _evict(self, pod: Obj, node: Obj, victims: list[Obj]) -> None:
        name = node["metadata"]["name"]
        for victim in victims:
            text = f"Preempted by pod {pod['metadata']['uid']} on node {name}"
            record(self._world, victim, "Normal", "Preempted", text, component=COMPONENT, style="events")
            deletion.delete(self._world, "Pod", victim["metadata"]["namespace"], victim["metadata"]["name"])


def _sentence(total: int, reasons: Counter[str]) -> str:
    counted = sorted(f"{count} {reason}" for reason, count in reasons.items())
    return f"0/{total} nodes are available: {', '.join(counted)}."


def _cost(pod: Obj, node: Obj, placed: list[Obj]) -> tuple[int, float, str]:
    """Spread an application first, then use the emptiest node."""
    here = _on(node, placed)
    owner = controller_of(pod) or {}
    siblings = sum((controller_of(p) or {}).get("name") == owner.get("name") for p in here) if owner else 0
    taken = requested([*here, pod])
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    shares = [float(taken[k] / parse(allocatable[k])) for k in ("cpu", "memory") if k in taken and k in allocatable]
    return siblings, sum(shares), node["metadata"]["name"]


def _on(node: Obj, placed: list[Obj]) -> list[Obj]:
    return [pod for pod in placed if pod["spec"]["nodeName"] == node["metadata"]["name"]]


def _put_condition(pod: Obj, new: Obj) -> None:
    status = pod.setdefault("status", {})
    conditions = status.setdefault("conditions", [])
    for place, old in enumerate(conditions):
        if old["type"] == new["type"]:
            kept = old.get("lastTransitionTime") if old["status"] == new["status"] else None
            conditions[place] = {**new, "lastTransitionTime": kept or new["lastTransitionTime"]}
            return
    conditions.append(new)


def _priority(pod: Obj) -> int:
    return int(pod["spec"].get("priority") or 0)


def _finished(pod: Obj) -> bool:
    return phase(pod) in ("Succeeded", "Failed")


def _finished_now(change: Change) -> bool:
    return change.before is not None and _finished(change.object) and not _finished(change.before)


def _became_schedulable(change: Change) -> bool:
    before, after = change.before, change.object
    if before is None or after["spec"].get("nodeName"):
        return False
    return bool(before["spec"] != after["spec"])


def _offer(node: Obj) -> tuple[object, ...]:
    """What about a node decides whether pods fit."""
    return node["spec"], node["metadata"].get("labels"), (node.get("status") or {}).get("allocatable")
