"""The questions about objects that are asked all the time, answered by indexes of the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sre_lab.objects.store import Obj, ObjectStore


def pods_on(objects: ObjectStore, node: str) -> list[Obj]:
    """The pods bound to a node; with an empty name the pods that are bound to none."""
    return objects.find("Pod", _node, node)


def has_address(objects: ObjectStore, address: str) -> bool:
    """Whether some pod has this IP."""
    return bool(objects.find("Pod", _address, address))


def by_labels(objects: ObjectStore, kind: str, namespace: str, labels: Mapping[str, str]) -> list[Obj]:
    """The objects of one namespace that carry all these labels (at least one), ordered by name."""
    rows = [objects.find(kind, _labels, (namespace, key, value)) for key, value in labels.items()]
    few = min(rows, key=len)
    pairs = labels.items()
    return [obj for obj in few if pairs <= obj["metadata"]["labels"].items()] if len(rows) > 1 else few


def services_of(objects: ObjectStore, pod: Obj) -> Iterator[str]:
    """The names of the Services that select this pod."""
    meta = pod["metadata"]
    labels: dict[str, str] = meta.get("labels") or {}
    for key, value in labels.items():
        for service in objects.find("Service", _selector_label, (meta["namespace"], key, value)):
            if service["spec"]["selector"].items() <= labels.items():
                yield service["metadata"]["name"]


def _node(pod: Obj) -> Iterator[str]:
    yield pod["spec"].get("nodeName") or ""


def _address(pod: Obj) -> Iterator[str]:
    address = (pod.get("status") or {}).get("podIP")
    if address:
        yield address


def _selector_label(service: Obj) -> Iterator[tuple[str, str, str]]:
    """One of the labels that the Service asks for."""
    selector = service["spec"].get("selector")
    if selector:
        yield service["metadata"]["namespace"], *min(selector.items())


def _labels(obj: Obj) -> Iterator[tuple[str, str, str]]:
    meta = obj["metadata"]
    for key, value in (meta.get("labels") or {}).items():
        yield meta.get("namespace", ""), key, value
