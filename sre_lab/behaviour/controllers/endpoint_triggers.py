"""What made a Service's endpoints change, and when: the annotation by which clients measure how late they are told.

As in the real controllers, a pod's trigger is the last change of its readiness, a Service's its creation. A write that
no new trigger explains (a pod was given its address) carries no annotation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sre_lab.behaviour.controllers.pods import condition
from sre_lab.objects.store import Obj

ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time"


@dataclass
class _ServiceTriggers:
    service: str
    pods: dict[str, str] = field(default_factory=dict)


class EndpointTriggers:
    """Remembers for each Service which triggers its endpoints have answered to."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _ServiceTriggers] = {}

    def note(self, service: Obj, pods: list[Obj]) -> str:
        """The earliest new trigger (RFC 3339), empty when there is none; from now on it is an old one."""
        meta = service["metadata"]
        created = str(meta["creationTimestamp"])
        before = self._known.get((meta["namespace"], meta["name"]))
        ready = {pod["metadata"]["name"]: (condition(pod, "Ready") or {}).get("lastTransitionTime") for pod in pods}
        now = _ServiceTriggers(created, {name: at for name, at in ready.items() if at})
        self._known[(meta["namespace"], meta["name"])] = now
        if before is None:
            return created
        changed = [at for name, at in now.pods.items() if at > before.pods.get(name, "")]
        return min(changed, default="") if created == before.service else min([created, *changed])

    def forget(self, namespace: str, name: str) -> None:
        self._known.pop((namespace, name), None)


def stamp(obj: Obj, trigger: str) -> None:
    """Write the trigger into an Endpoints or EndpointSlice, or take away the last one."""
    annotations = {key: value for key, value in (obj["metadata"].get("annotations") or {}).items() if key != ANNOTATION}
    if trigger:
        annotations[ANNOTATION] = trigger
    obj["metadata"].pop("annotations", None)
    if annotations:
        obj["metadata"]["annotations"] = annotations
