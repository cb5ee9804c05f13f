"""Label and field selectors as they stand in a query."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sre_lab.kubernetes import label_selector_parser
from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.selectors import holds
from sre_lab.kubernetes.statuses import bad_request

Obj = dict[str, Any]
Predicate = Callable[[Obj], bool]

FIELDS: dict[str, tuple[str, ...]] = {
    "Pod": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "Event": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "Node": ("spec.unschedulable",),
    "Secret": ("type",),
    "Namespace": ("status.phase",),
    "ReplicaSet": ("status.replicas",),
    "ReplicationController": ("status.replicas",),
    "Job": ("status.successful",),
    "Service": ("spec.clusterIP", "spec.type"),
}


def by_labels(text: str) -> Predicate:
    """A `labelSelector` query as a test of objects; ApiStatusError 400 with the server's text otherwise."""
    try:
        requirements = label_selector_parser.parse(text)
    except label_selector_parser.LabelSelectorError as problem:
        raise bad_request(str(problem)) from None

    def test(obj: Obj) -> bool:
        labels = obj["metadata"].get("labels") or {}
        return all(holds(labels, one.key, one.operator, one.values) for one in requirements)

    return test


def by_fields(text: str, resource: ApiResource) -> Predicate:
    """A `fieldSelector` query as a test of stored objects of `resource`."""
    terms = []
    for part in filter(None, text.split(",")):
        match = re.match(r"^(.*?)(!=|==|=)(.*)$", part)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        path, operator, value = match.groups()
        path = _check_path(path, resource)
        terms.append((path, operator != "!=", value))
    return lambda obj: all((_field(obj, path) == value) is is_equal for path, is_equal, value in terms)


_EVENTS_V1 = {"regarding": "involvedObject", "reportingController": "reportingComponent"}


def _check_path(path: str, resource: ApiResource) -> str:
    if resource.group == "events.k8s.io":
        head, _, rest = path.partition(".")
        path = _EVENTS_V1.get(head, head) + (f".{rest}" if rest else "")
    if path == "metadata.name" or (path == "metadata.namespace" and resource.namespaced):
        return path
    paths = FIELDS.get(resource.kind)
    if paths is None:
        raise bad_request(
            f'"{path}" is not a known field selector: only "metadata.name"'
            + (', "metadata.namespace"' if resource.namespaced else "")
        )
    if path not in paths:
        raise bad_request(f"field label not supported: {path}")
    return path


def _field(obj: Obj, path: str) -> str:
    if path == "source":
        return str((obj.get("source") or {}).get("component") or obj.get("reportingComponent") or "")
    if path == "status.successful":
        path = "status.succeeded"
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return {"spec.unschedulable": "false", "spec.hostNetwork": "false", "status.replicas": "0"}.get(path, "")
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
