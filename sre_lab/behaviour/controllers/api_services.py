"""The availability controller of aggregated APIs: an APIService is Available while its Service has ready endpoints."""

from __future__ import annotations

from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.clock import rfc3339
from sre_lab.kubernetes.metrics import missing_backend
from sre_lab.objects.store import Obj, ObjectChange

AVAILABLE = "Available"


class ApiServiceController(Controller):
    kind = "APIService"
    component = "kube-aggregator"
    owns = ()
    waits_in_recordings = True

    def add(self, obj: Obj, *, delay: float | None = None) -> None:
        if (obj.get("spec") or {}).get("service"):
            self.queue.add("", obj["metadata"]["name"])

    def on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == self.kind:
            self.add(obj)
        elif obj["kind"] in ("Endpoints", "Service"):
            place = {"namespace": obj["metadata"]["namespace"], "name": obj["metadata"]["name"]}
            for registered in self.world.objects.all(self.kind):
                backend = (registered.get("spec") or {}).get("service") or {}
                if {key: backend.get(key) for key in place} == place:
                    self.add(registered)

    def sync(self, obj: Obj) -> None:
        problem = missing_backend(self.world, obj)
        state = "False" if problem else "True"
        reason, message = problem or ("Passed", "all checks passed")
        status = obj.get("status") or {}
        before: Obj = next((c for c in status.get("conditions") or [] if c["type"] == AVAILABLE), {})
        since = before.get("lastTransitionTime") if before.get("status") == state else None
        new = {"type": AVAILABLE, "status": state, "reason": reason, "message": message}
        new["lastTransitionTime"] = since or rfc3339(self.world.clock.now())
        others = [c for c in status.get("conditions") or [] if c["type"] != AVAILABLE]
        self.world.objects.put_status(self.kind, "", obj["metadata"]["name"], {**status, "conditions": [*others, new]})
