"""What a recording left out although its objects need it to move: nodes, ReplicaSets, templates and times."""

from __future__ import annotations

import copy
from functools import partial

from sre_lab.behaviour.nodes import create_node
from sre_lab.behaviour.ownership import controller_of, controller_reference, owned_objects
from sre_lab.behaviour.templates import HASH_LABEL
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.objects.store import Obj
from sre_lab.world import World

REVISION = "deployment.kubernetes.io/revision"
TOKEN_VOLUME = "kube-api-access-"  # noqa: S105 - the name of a volume


def complete(world: World, recording: list[Obj]) -> None:
    """Create or fill in what one workload lacks; `recording` are its objects as they were recorded."""
    pods = [obj for obj in recording if obj["kind"] == "Pod"]
    _create_nodes(world, pods)
    for obj in recording:
        if obj["kind"] != "Pod" and "template" not in (obj.get("spec") or {}) and obj["kind"] != "CronJob":
            _complete_template(world, obj, recording)
    for deployment in recording:
        if deployment["kind"] == "Deployment":
            _create_replica_sets(world, deployment, pods)
            _number_revisions(world, deployment, pods)
    for pod in pods:
        _complete_pod(world, pod)


def _create_nodes(world: World, pods: list[Obj]) -> None:
    used = {pod["spec"]["nodeName"] for pod in pods if pod["spec"].get("nodeName")}
    if not used and not world.objects.all("Node"):
        used = {"worker-1"}
    for name in sorted(used):
        if world.objects.get("Node", "", name) is None:
            create_node(world, name, len(world.objects.all("Node")) + 1, since=world.clock.now())


def _complete_template(world: World, obj: Obj, recording: list[Obj]) -> None:
    """Give a workload the template and the selector that its pods and its Deployment tell of."""
    meta = obj["metadata"]
    current = world.objects.get(obj["kind"], meta["namespace"], meta["name"])
    if current is None:
        return
    own = [p for p in recording if p["kind"] == "Pod" and (controller_of(p) or {}).get("name") == meta["name"]]
    above = (controller_of(obj) or {}).get("name")
    parent = next((d for d in recording if d["kind"] == "Deployment" and d["metadata"]["name"] == above), None)
    template, selector = _template(own, parent), _selector(own, parent, meta["name"])

    def change(new: Obj) -> None:
        new["spec"].setdefault("selector", selector)
        new["spec"]["template"] = template
        new.update(with_defaults(new))

    world.objects.edit(obj["kind"], meta["namespace"], meta["name"], change)


def _create_replica_sets(world: World, deployment: Obj, pods: list[Obj]) -> None:
    namespace = deployment["metadata"]["namespace"]
    missing: dict[str, list[Obj]] = {}
    for pod in pods:
        reference = controller_of(pod)
        if reference is None or reference["kind"] != "ReplicaSet":
            continue
        if world.objects.get("ReplicaSet", namespace, reference["name"]) is None:
            missing.setdefault(reference["name"], []).append(pod)
    for name, own in sorted(missing.items()):
        world.objects.create(with_defaults(_replica_set(deployment, name, own)))


def _number_revisions(world: World, deployment: Obj, pods: list[Obj]) -> None:
    """ReplicaSets without a revision get one each, the one with the youngest pods the highest."""
    youngest = {
        (controller_of(pod) or {}).get("name"): pod["metadata"]["creationTimestamp"]
        for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    }
    replica_sets = [rs for rs in owned_objects(world.objects, "ReplicaSet", deployment) if not _revision(rs)]
    last_revision = max((_revision(rs) for rs in owned_objects(world.objects, "ReplicaSet", deployment)), default=0)
    for place, rs in enumerate(sorted(replica_sets, key=lambda rs: youngest.get(rs["metadata"]["name"], "")), start=1):
        meta = rs["metadata"]
        annotations = {**(meta.get("annotations") or {}), REVISION: str(last_revision + place)}
        world.objects.edit("ReplicaSet", meta["namespace"], meta["name"], partial(_annotate, annotations=annotations))


def _annotate(obj: Obj, annotations: dict[str, str]) -> None:
    obj["metadata"]["annotations"] = annotations


def _revision(replica_set: Obj) -> int:
    text = (replica_set["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def _replica_set(deployment: Obj, name: str, pods: list[Obj]) -> Obj:
    """The ReplicaSet that must have made these pods of the recorded Deployment."""
    template = _template(pods, deployment)
    uid = (controller_of(pods[0]) or {}).get("uid")
    meta: Obj = {
        "name": name,
        "namespace": deployment["metadata"]["namespace"],
        "labels": dict(template["metadata"].get("labels") or {}),
        "ownerReferences": [controller_reference(deployment)],
        **({"uid": uid} if uid else {}),
    }
    spec = {"replicas": len(pods), "selector": _selector(pods, deployment, name), "template": template}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": spec, "status": {"replicas": 0}}


def _template(pods: list[Obj], parent: Obj | None) -> Obj:
    """The Deployment's template with the images that these pods run; without one, what the first pod shows."""
    labels = dict(pods[0]["metadata"].get("labels") or {}) if pods else {}
    if parent is not None and "template" in parent["spec"]:
        template = copy.deepcopy(parent["spec"]["template"])
        images = {c["name"]: c.get("image") for pod in pods[:1] for c in pod["spec"]["containers"]}
        for container in template["spec"]["containers"]:
            container["image"] = images.get(container["name"]) or container.get("image")
        if HASH_LABEL in labels:
            template.setdefault("metadata", {}).setdefault("labels", {})[HASH_LABEL] = labels[HASH_LABEL]
        return dict(template)
    spec = copy.deepcopy(pods[0]["spec"]) if pods else {"containers": []}
    for key in ("nodeName", "serviceAccount", "tolerations", "priority", "preemptionPolicy", "enableServiceLinks"):
        spec.pop(key, None)
    spec["volumes"] = [v for v in spec.get("volumes") or [] if not v["name"].startswith(TOKEN_VOLUME)]
    for container in spec["containers"]:
        mounts = container.get("volumeMounts") or []
        container["volumeMounts"] = [m for m in mounts if not m["name"].startswith(TOKEN_VOLUME)]
    return {"metadata": {"labels": labels}, "spec": spec}


def _selector(pods: list[Obj], parent: Obj | None, name: str) -> Obj:
    labels = dict(pods[0]["metadata"].get("labels") or {}) if pods else {}
    if parent is None or "selector" not in parent["spec"]:
        return {"matchLabels": labels or {"app": name}}
    selector: Obj = copy.deepcopy(parent["spec"]["selector"])
    if HASH_LABEL in labels:
        selector.setdefault("matchLabels", {})[HASH_LABEL] = labels[HASH_LABEL]
    return selector


def _complete_pod(world: World, pod: Obj) -> None:
    """The pod's own time where a condition or a running container has none."""
    meta = pod["metadata"]
    if world.objects.get("Pod", meta["namespace"], meta["name"]) is None:
        return
    start = (pod.get("status") or {}).get("startTime") or meta["creationTimestamp"]

    def change(obj: Obj) -> None:
        status = obj.setdefault("status", {})
        if obj["spec"].get("nodeName"):
            status.setdefault("startTime", start)
        for condition in status.get("conditions") or []:
            condition.setdefault("lastTransitionTime", start)
        for container_status in [
            *(status.get("initContainerStatuses") or []),
            *(status.get("containerStatuses") or []),
        ]:
            if "running" in (container_status.get("state") or {}):
                container_status["state"]["running"].setdefault("startedAt", start)

    world.objects.edit("Pod", meta["namespace"], meta["name"], change)
