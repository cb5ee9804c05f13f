"""Writes that come from inside the lab (manifests, faults), and what the server allocates for new objects."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable

from sre_lab.kubernetes import job_labels
from sre_lab.kubernetes.defaults import first_status, with_defaults
from sre_lab.objects.store import Obj
from sre_lab.world import World

KEPT = ("annotations", "labels")
_KEPT_LISTS = ("ownerReferences", "finalizers")


def apply(world: World, obj: Obj) -> Obj:
    """Create `obj` with defaults, or replace the one of its name, keeping its status and what the cluster added."""
    new = with_defaults(obj)
    meta = new["metadata"]
    old = world.objects.get(new["kind"], meta.get("namespace", ""), meta.get("name", ""))
    if old is None:
        status = first_status(new)
        if status is not None:
            new.setdefault("status", status)
        return world.objects.create(allocate(world, new))
    for part in KEPT:
        if old["metadata"].get(part):
            meta[part] = {**old["metadata"][part], **(meta.get(part) or {})}
    for part in _KEPT_LISTS:
        if part in old["metadata"]:
            meta.setdefault(part, old["metadata"][part])
    if "status" in old:
        new.setdefault("status", old["status"])
    return world.objects.replace(allocate(world, keep_allocated(new, old)))


def keep_allocated(new: Obj, old: Obj) -> Obj:
    """`new` with the addresses and the node that `old` was given, where the writer did not name any."""
    fields_by_kind = {
        "Service": ("clusterIP", "clusterIPs"),
        "Pod": ("nodeName",),
        "PersistentVolumeClaim": ("volumeName",),
    }
    result = copy.deepcopy(new)
    for field in fields_by_kind.get(new["kind"], ()):
        if field in (old.get("spec") or {}):
            result["spec"].setdefault(field, old["spec"][field])
    return result


def allocate(world: World, obj: Obj, dice: random.Random | None = None) -> Obj:
    """`obj` with what the server gives away: addresses and ports to a Service, to a Job what names its pods. `dice`
    instead of the world's: the same ones give the same things away."""
    dice = dice or world.random
    if obj["kind"] == "Job":
        return _named_job(world, obj)
    if obj["kind"] != "Service" or obj["spec"].get("type") == "ExternalName":
        return obj
    new = copy.deepcopy(obj)
    spec = new["spec"]
    services = world.objects.all("Service")
    if not spec.get("clusterIP"):
        in_use: set[str | None] = {s["spec"].get("clusterIP") for s in services}
        spec["clusterIP"] = _free(dice, in_use, lambda r: f"10.96.{r % 254}.{r // 254 % 250 + 2}")
    spec["clusterIPs"] = spec.get("clusterIPs") or [spec["clusterIP"]]
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        ports: set[str | None] = {str(p.get("nodePort")) for s in services for p in s["spec"].get("ports") or []}
        for port in spec.get("ports") or []:
            if not port.get("nodePort"):
                port["nodePort"] = int(_free(dice, ports, lambda r: str(30000 + r % 2768)))
                ports.add(str(port["nodePort"]))
    return new


def _named_job(world: World, job: Obj) -> Obj:
    meta = job["metadata"]
    if not meta.get("name"):
        job = {**job, "metadata": {**meta, "name": meta.get("generateName", "") + world.objects.suffix(5)}}
    return job_labels.with_selector(job, world.random)


def _free(dice: random.Random, in_use: set[str | None], shape: Callable[[int], str]) -> str:
    while True:
        candidate = shape(dice.randrange(63_500))
        if candidate not in in_use:
            return candidate
