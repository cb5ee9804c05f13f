"""The disruption controller: what each PodDisruptionBudget allows at the moment, as its status says."""

from __future__ import annotations

import copy

from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.clock import rfc3339
from sre_lab.kubernetes.budgets import budget_state, is_ready
from sre_lab.objects.store import Obj, ObjectChange

SCALED = ("ReplicaSet", "StatefulSet")
ALLOWED = "DisruptionAllowed"


class DisruptionController(Controller):
    kind = "PodDisruptionBudget"
    component = "controllermanager"
    owns = ()
    waits_in_recordings = True

    def on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == self.kind:
            self.add(obj)
        elif obj["kind"] in ("Pod", *SCALED) and _counts(change):
            for budget in self.world.objects.all(self.kind, obj["metadata"]["namespace"]):
                self.add(budget)

    def sync(self, obj: Obj) -> None:
        now = budget_state(self.world, obj)
        before = obj.get("status") or {}
        if not now.expected_pods and "expectedPods" not in before:
            self.tell(obj, "Normal", "NoPods", "No matching pods found")
        conditions = [c for c in before.get("conditions") or [] if c["type"] != ALLOWED]
        was: Obj = next((c for c in before.get("conditions") or [] if c["type"] == ALLOWED), {})
        state = "True" if now.disruptions_allowed else "False"
        since = was.get("lastTransitionTime") if was.get("status") == state else None
        generation = obj["metadata"].get("generation", 1)
        condition = {
            "type": ALLOWED,
            "status": state,
            "observedGeneration": generation,
            "lastTransitionTime": since or rfc3339(self.world.clock.now()),
            "reason": "SufficientPods" if now.disruptions_allowed else "InsufficientPods",
            "message": "",
        }
        status = {
            "conditions": [*conditions, condition],
            "currentHealthy": now.current_healthy,
            "desiredHealthy": now.desired_healthy,
            "disruptionsAllowed": now.disruptions_allowed,
            "expectedPods": now.expected_pods,
            "observedGeneration": generation,
        }
        self.put_status(obj, {**copy.deepcopy(before), **status})


def _counts(change: ObjectChange) -> bool:
    """Whether the change can move a budget: pods come, go or change their health, their owners their size."""
    obj, before = change.object, change.before
    if change.type != "MODIFIED" or before is None:
        return True
    if obj["kind"] in SCALED:
        return bool(obj["spec"].get("replicas") != before["spec"].get("replicas"))
    return _standing_of(obj) != _standing_of(before)


def _standing_of(pod: Obj) -> tuple[object, ...]:
    meta = pod["metadata"]
    return is_ready(pod), (pod.get("status") or {}).get("phase"), meta.get("deletionTimestamp"), meta.get("labels")
