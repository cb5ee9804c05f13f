"""Rows of nodes, namespaces, events, configuration, storage and access kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.kubernetes.printing.spans import UNKNOWN, since

Obj = dict[str, Any]
_CREATED = "Name|Created At:date"
COLUMNS = {
    "Node": "Name|Status|Roles|Age|Version|*Internal-IP|*External-IP|*OS-Image|*Kernel-Version|*Container-Runtime",
    "Namespace": "Name|Status|Age",
    "Event": "Last Seen|Type|Reason|Object|*Subobject|*Source|Message|*First Seen|*Count|*Name",
    "ConfigMap": "Name|Data|Age",
    "Secret": "Name|Type|Data|Age",
    "ServiceAccount": "Name|Secrets|Age",
    "ResourceQuota": "Name|Age|Request|Limit",
    "PersistentVolumeClaim": "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass"
    "|Age|*VolumeMode",
    "PersistentVolume": "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass"
    "|Reason|Age|*VolumeMode",
    "StorageClass": "Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age",
    "Lease": "Name|Holder|Age",
    "PriorityClass": "Name|Value:integer|Global-Default:boolean|Age|PreemptionPolicy",
    "RoleBinding": "Name|Role|Age|*Users|*Groups|*ServiceAccounts",
    "ClusterRoleBinding": "Name|Role|Age|*Users|*Groups|*ServiceAccounts",
    "Role": _CREATED,
    "ClusterRole": _CREATED,
    "LimitRange": _CREATED,
    "CustomResourceDefinition": _CREATED,
    "APIService": "Name|Service|Available|Age",
    "ComponentStatus": "Name|Status|Message|Error",
}
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def _age(obj: Obj, now: float) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def _name(obj: Obj) -> str:
    return str(obj["metadata"]["name"])


def node(obj: Obj, now: float) -> list[Any]:
    status, info = obj.get("status") or {}, (obj.get("status") or {}).get("nodeInfo") or {}
    ready = next((c for c in status.get("conditions") or [] if c["type"] == "Ready"), None)
    text = "Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"
    if (obj.get("spec") or {}).get("unschedulable"):
        text += ",SchedulingDisabled"
    prefix = "node-role.kubernetes.io/"
    roles = sorted(k.removeprefix(prefix) for k in obj["metadata"].get("labels") or {} if k.startswith(prefix))
    address = {a["type"]: a["address"] for a in status.get("addresses") or []}
    return [
        _name(obj),
        text,
        ",".join(roles) or "<none>",
        _age(obj, now),
        info.get("kubeletVersion", ""),
        address.get("InternalIP", "<none>"),
        address.get("ExternalIP", "<none>"),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def event(obj: Obj, now: float) -> list[Any]:
    moment, series = obj.get("eventTime"), obj.get("series") or {}
    first = since(obj.get("firstTimestamp") or moment, now)
    last = since(obj.get("lastTimestamp"), now) if obj.get("lastTimestamp") else first
    count = obj.get("count") or 1
    if series:
        last, count = since(series.get("lastObservedTime"), now), series.get("count", count)
    about = obj.get("involvedObject") or {}
    source = obj.get("source") or {}
    parts = [
        source.get("component") or obj.get("reportingComponent"),
        source.get("host") or obj.get("reportingInstance"),
    ]
    return [
        last,
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{about.get('kind', '').lower()}/{about.get('name', '')}",
        about.get("fieldPath", ""),
        ", ".join(p for p in parts if p),
        str(obj.get("message", "")).strip(),
        first,
        count,
        _name(obj),
    ]


def claim(obj: Obj, now: float) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    text = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")
    return [
        _name(obj),
        text,
        spec.get("volumeName", ""),
        str((status.get("capacity") or {}).get("storage", "")) if bound else "",
        _modes(status.get("accessModes")) if bound else "",
        spec.get("storageClassName") or "",
        spec.get("volumeAttributesClassName") or "<unset>",
        _age(obj, now),
        spec.get("volumeMode") or "<unset>",
    ]


def volume(obj: Obj, now: float) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    owner = spec.get("claimRef") or {}
    text = "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")
    return [
        _name(obj),
        str((spec.get("capacity") or {}).get("storage", "")),
        _modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        text,
        f"{owner['namespace']}/{owner['name']}" if owner else "",
        spec.get("storageClassName") or "",
        spec.get("volumeAttributesClassName") or "<unset>",
        status.get("reason", ""),
        _age(obj, now),
        spec.get("volumeMode") or "<unset>",
    ]


def _modes(modes: list[str] | None) -> str:
    return ",".join(_MODES.get(m, m) for m in modes or [])


def storage_class(obj: Obj, now: float) -> list[Any]:
    default = (obj["metadata"].get("annotations") or {}).get(_DEFAULT_CLASS) == "true"
    return [
        _name(obj) + (" (default)" if default else ""),
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy", "Delete"),
        obj.get("volumeBindingMode", "Immediate"),
        "true" if obj.get("allowVolumeExpansion") else "false",
        _age(obj, now),
    ]


def quota(obj: Obj, now: float) -> list[Any]:
    status = obj.get("status") or {}
    hard, used = status.get("hard") or (obj.get("spec") or {}).get("hard") or {}, status.get("used") or {}
    entries = {k: f"{k}: {used.get(k, 0)}/{hard[k]}" for k in sorted(hard)}
    limits = [v for k, v in entries.items() if k.startswith("limits.")]
    return [
        _name(obj),
        _age(obj, now),
        ", ".join(v for k, v in entries.items() if not k.startswith("limits.")),
        ", ".join(limits),
    ]


def binding(obj: Obj, now: float) -> list[Any]:
    role = obj.get("roleRef") or {}
    by: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in obj.get("subjects") or []:
        prefix = f"{subject.get('namespace', '')}/" if subject["kind"] == "ServiceAccount" else ""
        by.setdefault(subject["kind"], []).append(prefix + subject["name"])
    lists = [", ".join(by[k]) for k in ("User", "Group", "ServiceAccount")]
    return [_name(obj), f"{role.get('kind', '')}/{role.get('name', '')}", _age(obj, now), *lists]


def _creation_row(obj: Obj, now: float) -> list[Any]:
    return [_name(obj), obj["metadata"].get("creationTimestamp", "")]


def _namespace(obj: Obj, now: float) -> list[Any]:
    return [_name(obj), (obj.get("status") or {}).get("phase", "Active"), _age(obj, now)]


def _config_map(obj: Obj, now: float) -> list[Any]:
    return [_name(obj), str(len(obj.get("data") or {}) + len(obj.get("binaryData") or {})), _age(obj, now)]


def _secret(obj: Obj, now: float) -> list[Any]:
    return [_name(obj), obj.get("type", "Opaque"), str(len(obj.get("data") or {})), _age(obj, now)]


def _account(obj: Obj, now: float) -> list[Any]:
    return [_name(obj), str(len(obj.get("secrets") or [])), _age(obj, now)]


def _lease(obj: Obj, now: float) -> list[Any]:
    return [_name(obj), (obj.get("spec") or {}).get("holderIdentity", ""), _age(obj, now)]


def _priority(obj: Obj, now: float) -> list[Any]:
    policy = obj.get("preemptionPolicy", "PreemptLowerPriority")
    return [_name(obj), obj.get("value", 0), bool(obj.get("globalDefault")), _age(obj, now), policy]


def _api_service(obj: Obj, now: float) -> list[Any]:
    reference = (obj.get("spec") or {}).get("service")
    where = f"{reference['namespace']}/{reference['name']}" if reference else "Local"
    conditions = (obj.get("status") or {}).get("conditions") or []
    available = next((c for c in conditions if c["type"] == "Available"), {"status": "Unknown"})
    text = available["status"] + (f" ({available['reason']})" if available["status"] == "False" else "")
    return [_name(obj), where, text, _age(obj, now)]


def _component(obj: Obj, now: float) -> list[Any]:
    condition = obj["conditions"][0]
    healthy = "Healthy" if condition["status"] == "True" else "Unhealthy"
    return [_name(obj), healthy, condition.get("message", ""), condition.get("error", "")]


CELLS: dict[str, Callable[[Obj, float], list[Any]]] = {
    "Node": node,
    "Namespace": _namespace,
    "Event": event,
    "ConfigMap": _config_map,
    "Secret": _secret,
    "ServiceAccount": _account,
    "ResourceQuota": quota,
    "PersistentVolumeClaim": claim,
    "PersistentVolume": volume,
    "StorageClass": storage_class,
    "Lease": _lease,
    "PriorityClass": _priority,
    "RoleBinding": binding,
    "ClusterRoleBinding": binding,
    "Role": _creation_row,
    "ClusterRole": _creation_row,
    "LimitRange": _creation_row,
    "CustomResourceDefinition": _creation_row,
    "APIService": _api_service,
    "ComponentStatus": _component,
}
