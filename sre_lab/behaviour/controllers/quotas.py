"""The ResourceQuota controller: what is used of what may be, as each quota's status says."""

from __future__ import annotations

from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.behaviour.controllers.pods import phase
from sre_lab.kubernetes import quota
from sre_lab.objects.store import Obj, ObjectChange


class QuotaController(Controller):
    kind = "ResourceQuota"
    component = "resourcequota-controller"
    owns = ()
    waits_in_recordings = True

    def on_change(self, change: ObjectChange) -> None:
        obj = change.object
        namespace = obj["metadata"].get("namespace")
        if obj["kind"] == self.kind:
            self.add(obj)
        elif namespace and obj["kind"] not in ("Event", "Lease"):
            for quota_object in self.world.objects.all(self.kind, namespace):
                if quota.counts(obj, quota_object) and _moves(change):
                    self.add(quota_object)

    def sync(self, obj: Obj) -> None:
        hard = obj["spec"].get("hard") or {}
        used = {name: quota.text(name, amount) for name, amount in sorted(quota.usage(self.world, obj).items())}
        self.put_status(obj, {"hard": hard, "used": used})


def _moves(change: ObjectChange) -> bool:
    """Objects count from their creation to their end; a pod only until it has finished."""
    if change.type != "MODIFIED" or change.before is None or change.object["kind"] != "Pod":
        return True
    return phase(change.object) != phase(change.before)
