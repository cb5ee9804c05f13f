"""Endpoints and EndpointSlices: which pods a Service reaches now."""

from __future__ import annotations

from sre_lab.behaviour.controllers.endpoint_triggers import EndpointTriggers, stamp
from sre_lab.behaviour.controllers.pods import is_ready, phase
from sre_lab.behaviour.controllers.queue import WorkQueue
from sre_lab.behaviour.ownership import controller_reference
from sre_lab.kubernetes.lookups import by_labels, services_of
from sre_lab.objects.copies import deep_copy
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

SERVICE_NAME = "kubernetes.io/service-name"
MANAGER = "endpointslice-controller.k8s.io"
HEADLESS = "service.kubernetes.io/headless"


class EndpointsController:
    """Recorded endpoints stay as they are until their Service or one of its pods changes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queue = WorkQueue(world.clock, self.reconcile)
        self._triggers = EndpointTriggers()
        world.objects.subscribe(self._on_change)

    def _on_change(self, change: ObjectChange) -> None:
        obj = change.object
        meta = obj["metadata"]
        if obj["kind"] == "Service":
            self._queue.add(meta["namespace"], meta["name"])
        elif obj["kind"] == "Pod" and _is_relevant(change):
            for name in sorted({name for pod in _both(change) for name in services_of(self._world.objects, pod)}):
                self._queue.add(meta["namespace"], name)

    def reconcile(self, namespace: str, name: str) -> None:
        service = self._world.objects.get("Service", namespace, name)
        if service is None:
            if self._world.objects.get("Endpoints", namespace, name) is not None:
                self._world.objects.delete("Endpoints", namespace, name)
            self._triggers.forget(namespace, name)
            return  # slices are owned by the Service: the garbage collector takes them
        selector = service["spec"].get("selector")
        if not selector or service["spec"].get("type") == "ExternalName":
            return
        matching_pods = by_labels(self._world.objects, "Pod", namespace, selector)
        trigger = self._triggers.note(service, matching_pods)
        pods = [pod for pod in matching_pods if _address(pod) and _counts(pod)]
        self._write_endpoints(service, pods, trigger)
        self._write_slice(service, pods, trigger)

    def _write_endpoints(self, service: Obj, pods: list[Obj], trigger: str) -> None:
        meta = service["metadata"]
        publish_all = bool(service["spec"].get("publishNotReadyAddresses"))
        staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        subset: Obj = {}
        ready: list[Obj] = []
        waiting: list[Obj] = []
        for pod in staying:
            (ready if publish_all or is_ready(pod) else waiting).append(_endpoint_address(pod))
        if ready:
            subset["addresses"] = ready
        if waiting:
            subset["notReadyAddresses"] = waiting
        body: Obj = {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        }
        labels = {**(meta.get("labels") or {}), **_headless(service)}
        if labels:
            body["metadata"]["labels"] = labels
        if subset:
            ports = _ports(service, staying)
            body["subsets"] = [{**subset, "ports": ports}] if ports else [subset]
        self._put(body, self._world.objects.get("Endpoints", meta["namespace"], meta["name"]), trigger, "subsets")

    def _write_slice(self, service: Obj, pods: list[Obj], trigger: str) -> None:
        meta = service["metadata"]
        slices = by_labels(self._world.objects, "EndpointSlice", meta["namespace"], {SERVICE_NAME: meta["name"]})
        body: Obj = {
            "addressType": "IPv4",
            "apiVersion": "discovery.k8s.io/v1",
            "endpoints": [self._slice_endpoint(service, pod) for pod in pods] or None,
            "kind": "EndpointSlice",
            "metadata": {
                "generateName": meta["name"] + "-",
                "name": f"{meta['name']}-{self._world.objects.suffix(5)}",
                "namespace": meta["namespace"],
                "labels": {
                    "endpointslice.kubernetes.io/managed-by": MANAGER,
                    SERVICE_NAME: meta["name"],
                    **_headless(service),
                },
                "ownerReferences": [controller_reference(service)],
                "generation": 1,
            },
            "ports": [{"name": "", **port} for port in _ports(service, pods)] if pods else None,
        }
        self._put(body, slices[0] if slices else None, trigger, "endpoints", "ports")

    def _put(self, body: Obj, old: Obj | None, trigger: str, *parts: str) -> None:
        if old is None:
            stamp(body, trigger)
            self._world.objects.create(body)
        elif any(body.get(part) != old.get(part) for part in parts):
            new = {name: value for name, value in old.items() if name not in parts}
            new |= {part: body[part] for part in parts if part in body}
            new["metadata"] = deep_copy(old["metadata"])
            stamp(new, trigger)
            self._world.objects.replace(new)

    def _slice_endpoint(self, service: Obj, pod: Obj) -> Obj:
        leaving = bool(pod["metadata"].get("deletionTimestamp"))
        serving = is_ready(pod)
        ready = (serving and not leaving) or bool(service["spec"].get("publishNotReadyAddresses"))
        endpoint = _endpoint_address(pod)
        address = endpoint.pop("ip")
        node = self._world.objects.get("Node", "", pod["spec"].get("nodeName", ""))
        zone = ((node or {"metadata": {}})["metadata"].get("labels") or {}).get("topology.kubernetes.io/zone")
        conditions = {"ready": ready, "serving": serving, "terminating": leaving}
        return {"addresses": [address], "conditions": conditions, **endpoint, **({"zone": zone} if zone else {})}


def _headless(service: Obj) -> Obj:
    return {HEADLESS: ""} if service["spec"].get("clusterIP") == "None" else {}


def _endpoint_address(pod: Obj) -> Obj:
    meta = pod["metadata"]
    target = {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}
    return {"ip": _address(pod), "nodeName": pod["spec"].get("nodeName", ""), "targetRef": target}


def _ports(service: Obj, pods: list[Obj]) -> list[Obj]:
    """The Service's ports as the pods listen on them; a named port that no pod has is left out."""
    ports = []
    for port in service["spec"].get("ports") or []:
        target = port.get("targetPort", port["port"])
        if isinstance(target, str):
            container_ports = [_container_port(pod, target) for pod in pods]
            target = next((number for number in container_ports if number), None)
        if target is not None:
            name_field = {"name": port["name"]} if port.get("name") else {}
            ports.append({**name_field, "port": target, "protocol": port.get("protocol", "TCP")})
    return ports


def _container_port(pod: Obj, name: str) -> int | None:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or []:
            if port.get("name") == name:
                return int(port["containerPort"])
    return None


def _address(pod: Obj) -> str:
    return str((pod.get("status") or {}).get("podIP") or "")


def _counts(pod: Obj) -> bool:
    return phase(pod) not in ("Succeeded", "Failed")


def _reach(pod: Obj) -> tuple[object, ...]:
    """What about a pod decides whether and how a Service reaches it."""
    meta = pod["metadata"]
    traits = meta.get("labels"), bool(meta.get("deletionTimestamp")), pod["spec"].get("nodeName")
    return *traits, _address(pod), is_ready(pod), _counts(pod)


def _both(change: ObjectChange) -> list[Obj]:
    return [change.object] if change.before is None else [change.object, change.before]


def _is_relevant(change: ObjectChange) -> bool:
    return change.type != "MODIFIED" or change.before is None or _reach(change.object) != _reach(change.before)
