"""The scheduler: gives each pending pod a node, or says why none takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from math import ceil

from sre_lab.behaviour import frozen
from sre_lab.behaviour.controllers import pod_affinity, preemption
from sre_lab.behaviour.controllers.fit_cache import FitCache
from sre_lab.behaviour.controllers.hosts import Host, Hosts, is_finished, offer
from sre_lab.behaviour.controllers.node_fit import Amounts, NodeRejection, awaits_volume, rejection, unbound_claim
from sre_lab.behaviour.controllers.pods import phase
from sre_lab.behaviour.controllers.queue import WorkQueue
from sre_lab.behaviour.controllers.volume_topology import CONFLICT, out_of_reach
from sre_lab.behaviour.events import record
from sre_lab.behaviour.ownership import controller_of
from sre_lab.clock import rfc3339
from sre_lab.kubernetes.lookups import pods_on
from sre_lab.kubernetes.pod_requests import pod_requests
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

COMPONENT = "default-scheduler"
LEFTOVER_SECONDS = 300.0  # so long nothing is tried for a pod that did not fit and for which nothing has changed
FLUSH_SECONDS = 30.0  # how often those are looked for
GATED = {"reason": "SchedulingGated", "message": "Scheduling is blocked due to non-empty scheduling gates"}
Cost = tuple[int, float, str]  # pods of the same controller there, share of the node that is taken, the node's name


class Scheduler:
    def __init__(self, world: World) -> None:
        self._world = world
        self._since = world.clock.now()
        self._hosts = Hosts(world)
        self._judgements = FitCache(self._hosts, _judging)
        self._lonely: set[tuple[str, str]] = set()  # pods for which another pod's arrival may open a node
        self._queue = WorkQueue(world.clock, self.schedule)
        world.objects.subscribe(self._on_change)
        frozen.on_thaw(world, lambda workload: self._retry_pending())
        self._retry_pending()

    def _on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == "Pod":
            if change.type == "ADDED" and not obj["spec"].get("nodeName"):
                self._queue.add(obj["metadata"]["namespace"], obj["metadata"]["name"])
            elif self._lonely and _placed_now(change):
                self._look_for_company()
            elif change.type == "DELETED" or _finished_now(change) or _became_schedulable(change):
                self._retry_pending()
        elif obj["kind"] == "Node":
            if change.before is None or offer(change.before) != offer(obj):
                self._retry_pending()
        elif obj["kind"] in ("PersistentVolumeClaim", "PersistentVolume"):
            self._retry_pending()

    def _retry_pending(self) -> None:
        for pod in sorted(pods_on(self._world.objects, ""), key=preemption.priority, reverse=True):
            self._queue.add(pod["metadata"]["namespace"], pod["metadata"]["name"])

    def _look_for_company(self) -> None:
        for namespace, name in sorted(self._lonely):
            self._queue.add(namespace, name)
        self._lonely.clear()

    def _next_flush(self) -> float:
        age = self._world.clock.now() - self._since + LEFTOVER_SECONDS
        return self._since + ceil((age - 1) / FLUSH_SECONDS) * FLUSH_SECONDS

    def schedule(self, namespace: str, name: str) -> None:
        pod = self._world.objects.get("Pod", namespace, name)
        if pod is None or pod["spec"].get("nodeName") or pod["metadata"].get("deletionTimestamp"):
            return
        if phase(pod) != "Pending" or frozen.is_frozen(self._world, pod):
            return
        if pod["spec"].get("schedulingGates"):
            self._hold(pod)
            return
        if pod["spec"].get("schedulerName", COMPONENT) != COMPONENT or awaits_volume(self._world, pod):
            return
        claim = unbound_claim(self._world, pod)
        if claim:
            self._refuse(pod, dict.fromkeys(self._hosts.by_name, NodeRejection((claim,))), claim)
            return
        verdicts = self._judgements.of(pod)
        open_to = (name for name, one in verdicts.items() if not isinstance(one, NodeRejection))
        closed = out_of_reach(self._world, pod, open_to)
        if closed:
            verdicts = {**verdicts, **dict.fromkeys(closed, NodeRejection((CONFLICT,)))}
        left = (name for name, one in verdicts.items() if not isinstance(one, NodeRejection))
        lonely = pod_affinity.affinity_rejections(pod, self._hosts.by_name, left)
        if lonely:
            verdicts = {**verdicts, **lonely}
            self._lonely.add((namespace, name))
        fitting = [one for one in verdicts.values() if not isinstance(one, NodeRejection)]
        if fitting:
            self._bind(pod, min(fitting)[-1])
        else:
            self._refuse(pod, {name: one for name, one in verdicts.items() if isinstance(one, NodeRejection)})

    def _hold(self, pod: Obj) -> None:
        """Say that the pod's gates are closed; nothing else is done for it."""
        meta, at = pod["metadata"], rfc3339(self._world.clock.now())
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": at,
            **GATED,
        }
        if not any(one.get("reason") == GATED["reason"] for one in (pod.get("status") or {}).get("conditions") or []):
            self._world.objects.edit("Pod", meta["namespace"], meta["name"], lambda obj: _put_condition(obj, condition))

    def _bind(self, pod: Obj, name: str) -> None:
        meta = pod["metadata"]
        at = rfc3339(self._world.clock.now())

        def change(obj: Obj) -> None:
            obj["spec"]["nodeName"] = name
            scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": at}
            _put_condition(obj, scheduled)

        text = f"Successfully assigned {meta['namespace']}/{meta['name']} to {name}"
        record(self._world, pod, "Normal", "Scheduled", text, component=COMPONENT, style="events")
        self._world.objects.edit("Pod", meta["namespace"], meta["name"], change)

    def _refuse(self, pod: Obj, refusals: dict[str, NodeRejection], claim: str = "") -> None:
        meta = pod["metadata"]
        if not refusals:
            text = "no nodes available to schedule pods"
        else:
            if claim:
                text = f"0/{len(refusals)} nodes are available: {claim}."
            else:
                text = _sentence(len(refusals), Counter(reason for r in refusals.values() for reason in r.reasons))
            clause = self._preempt(pod, refusals)
            text += f" preemption: {clause}" if clause else ""
        record(self._world, pod, "Warning", "FailedScheduling", text, component=COMPONENT, style="events")
        at = rfc3339(self._world.clock.now())
        failed = {"type": "PodScheduled", "status": "False", "lastProbeTime": None, "lastTransitionTime": at}
        failed |= {"reason": "Unschedulable", "message": text}
        self._world.objects.edit("Pod", meta["namespace"], meta["name"], lambda obj: _put_condition(obj, failed))
        self._queue.add(meta["namespace"], meta["name"], delay=self._next_flush() - self._world.clock.now())

    def _preempt(self, pod: Obj, refusals: dict[str, NodeRejection]) -> str:
        """Make room by removing pods of lower priority; the text on why that does not work, empty when it does."""
        outcome = preemption.find(self._world, pod, self._hosts.by_name, refusals)
        if isinstance(outcome, preemption.PreemptionPlan):
            preemption.carry_out(self._world, pod, outcome, COMPONENT)
            return ""
        return outcome if isinstance(outcome, str) else _sentence(len(refusals), outcome)


def _sentence(total: int, reasons: Counter[str]) -> str:
    phrases = sorted(f"{count} {reason}" for reason, count in reasons.items())
    return f"0/{total} nodes are available: {', '.join(phrases)}."


def _judging(pod: Obj) -> Callable[[Host], NodeRejection | Cost]:
    owner, amounts = controller_of(pod), pod_requests(pod)
    return lambda host: rejection(pod, host, amounts) or _cost(owner, amounts, host)


def _cost(owner: Obj | None, amounts: Amounts, host: Host) -> Cost:
    """Spread an application first, then use the emptiest node."""
    siblings = host.owners[owner.get("name", "")] if owner else 0
    allocatable = (host.node.get("status") or {}).get("allocatable") or {}
    shares = [
        float((host.requests.get(name, Decimal(0)) + amounts.get(name, Decimal(0))) / parse(allocatable[name]))
        for name in ("cpu", "memory")
        if name in allocatable and (name in host.requests or name in amounts)
    ]
    return siblings, sum(shares), host.name


def _put_condition(pod: Obj, new: Obj) -> None:
    status = pod.setdefault("status", {})
    conditions = status.setdefault("conditions", [])
    for place, old in enumerate(conditions):
        if old["type"] == new["type"]:
            since = old.get("lastTransitionTime") if old["status"] == new["status"] else None
            conditions[place] = {**new, "lastTransitionTime": since or new["lastTransitionTime"]}
            return
    conditions.append(new)


def _finished_now(change: ObjectChange) -> bool:
    return change.before is not None and is_finished(change.object) and not is_finished(change.before)


def _placed_now(change: ObjectChange) -> bool:
    return bool(change.object["spec"].get("nodeName")) and not (change.before or change.object)["spec"].get("nodeName")


def _became_schedulable(change: ObjectChange) -> bool:
    before, after = change.before, change.object
    if before is None or after["spec"].get("nodeName"):
        return False
    return bool(before["spec"] != after["spec"])
