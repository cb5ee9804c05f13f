"""What the API server refuses with 422: names, required fields, ranges, and fields that may not change.

The texts are the real server's. Pods and templates have their own module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sre_agent.lab.kubernetes.kinds import of_kind
from sre_agent.lab.kubernetes.pod_validation import pod_changes, pod_spec
from sre_agent.lab.kubernetes.selectors import matches
from sre_agent.lab.kubernetes.statuses import Cause, duplicate, forbidden_value, invalid_value, required, unsupported

Obj = dict[str, Any]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    f"an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_SERVICE = "[a-z]([-a-z0-9]*[a-z0-9])?"
_SERVICE_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    f"and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '{_SERVICE}')"
)
_VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
    f"regex used for validation is '{_VALUE}')"
)
_PATH_NAMES = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
WITH_TEMPLATE = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job")
WITH_REPLICAS = ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController")
_STATEFUL_MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
    "revisionHistoryLimit",
)


def causes(obj: Obj, old: Obj | None = None) -> list[Cause]:
    """Everything that is wrong with `obj` (after defaulting), as a new object or as the successor of `old`."""
    found = [*_metadata(obj)]
    kind, spec = obj["kind"], obj.get("spec") or {}
    if kind == "Pod":
        found += pod_spec(spec, "spec")
        if old is not None:
            found += pod_changes(spec, old["spec"])
    if kind in WITH_REPLICAS and isinstance(spec.get("replicas"), int) and spec["replicas"] < 0:
        found.append(invalid_value("spec.replicas", spec["replicas"], "must be greater than or equal to 0"))
    if kind in WITH_TEMPLATE:
        found += _workload(obj, spec)
    if kind == "Service":
        found += _service(spec)
    if kind == "HorizontalPodAutoscaler":
        found += _autoscaler(spec)
    if kind == "PodDisruptionBudget" and "minAvailable" in spec and "maxUnavailable" in spec:
        found.append(
            invalid_value("spec", "v1.PodDisruptionBudgetSpec", "minAvailable and maxUnavailable cannot be both set")
        )
    if kind == "CronJob" and not spec.get("schedule"):
        found.append(required("spec.schedule"))
    if kind == "PersistentVolumeClaim" and not ((spec.get("resources") or {}).get("requests") or {}).get("storage"):
        found.append(required("spec.resources[storage]"))
    if old is not None:
        found += _changes(obj, old)
    return found


def _metadata(obj: Obj) -> Iterator[Cause]:
    meta, kind = obj["metadata"], obj["kind"]
    name = meta.get("name", "")
    if not name:
        if not meta.get("generateName"):
            yield required("metadata.name", "name or generateName is required")
    elif kind in _PATH_NAMES:
        if name in (".", "..") or "/" in name or "%" in name:
            yield invalid_value("metadata.name", name, "may not contain '/' or '%'")
    else:
        form, text = {"Namespace": (_LABEL, _LABEL_TEXT), "Service": (_SERVICE, _SERVICE_TEXT)}.get(
            kind, (_SUBDOMAIN, _SUBDOMAIN_TEXT)
        )
        if not re.fullmatch(form, name):
            yield invalid_value("metadata.name", name, text)
        elif len(name) > (63 if form != _SUBDOMAIN else 253):
            yield invalid_value(
                "metadata.name", name, f"must be no more than {63 if form != _SUBDOMAIN else 253} characters"
            )
    if of_kind(kind).namespaced and not meta.get("namespace"):
        yield required("metadata.namespace")
    for value in (meta.get("labels") or {}).values():
        if not isinstance(value, str) or len(value) > 63 or not re.fullmatch(_VALUE, value):
            yield invalid_value("metadata.labels", value, _VALUE_TEXT)


def _with_claims(pod: Obj, spec: Obj) -> Obj:
    """A StatefulSet's pods may mount its claim templates as if they were volumes."""
    claims = [{"name": (claim.get("metadata") or {}).get("name")} for claim in spec.get("volumeClaimTemplates") or []]
    return {**pod, "volumes": [*(pod.get("volumes") or []), *claims]} if claims else pod


def _workload(obj: Obj, spec: Obj) -> Iterator[Cause]:
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    selector = spec.get("selector")
    if obj["kind"] != "Job":
        if not selector:
            yield required("spec.selector")
        elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
            yield invalid_value("spec.selector", "v1.LabelSelector{}", "empty selector is invalid for deployment")
        if selector and not matches(selector, labels):
            yield invalid_value(
                "spec.template.metadata.labels", _go_map(labels), "`selector` does not match template `labels`"
            )
    yield from pod_spec(_with_claims(template.get("spec") or {}, spec), "spec.template.spec")
    policy = (template.get("spec") or {}).get("restartPolicy")
    allowed = ["OnFailure", "Never"] if obj["kind"] == "Job" else ["Always"]
    if policy not in allowed and (template.get("spec") or {}).get("containers"):
        yield unsupported("spec.template.spec.restartPolicy", policy, allowed)
    if obj["kind"] == "Deployment":
        deadline, ready = spec.get("progressDeadlineSeconds", 600), spec.get("minReadySeconds", 0)
        if isinstance(deadline, int) and isinstance(ready, int) and deadline <= ready:
            yield invalid_value("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _service(spec: Obj) -> Iterator[Cause]:
    ports = spec.get("ports") or []
    if not ports and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    names: set[str] = set()
    for place, port in enumerate(ports):
        path, number, name = f"spec.ports[{place}]", port.get("port"), port.get("name", "")
        if not isinstance(number, int) or not 1 <= number <= 65535:
            yield invalid_value(f"{path}.port", number or 0, "must be between 1 and 65535, inclusive")
        if not name and len(ports) > 1:
            yield required(f"{path}.name")
        if name and name in names:
            yield duplicate(f"{path}.name", name)
        names.add(name)
    types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
    if spec.get("type") not in types:
        yield unsupported("spec.type", spec.get("type"), types)


def _autoscaler(spec: Obj) -> Iterator[Cause]:
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    if least < 1:
        yield invalid_value("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        yield invalid_value("spec.maxReplicas", most, "must be greater than 0")
    elif most < least:
        yield invalid_value("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")


def _changes(obj: Obj, old: Obj) -> Iterator[Cause]:
    kind, spec, before = obj["kind"], obj.get("spec") or {}, old.get("spec") or {}
    if kind in ("Deployment", "ReplicaSet", "DaemonSet", "Job") and spec.get("selector") != before.get("selector"):
        yield invalid_value("spec.selector", _go_selector(spec.get("selector") or {}), "field is immutable")
    if kind == "Job" and spec.get("template") != before.get("template"):
        yield invalid_value("spec.template", "v1.PodTemplateSpec", "field is immutable")
    if kind == "StatefulSet" and any(
        spec.get(f) != before.get(f) for f in {*spec, *before} if f not in _STATEFUL_MUTABLE
    ):
        text = (
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
            "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        )
        yield forbidden_value("spec", text)
    moved = before.get("clusterIP") and spec.get("clusterIP") != before["clusterIP"]
    if kind == "Service" and moved and spec.get("type") != "ExternalName":
        yield invalid_value("spec.clusterIPs[0]", [spec.get("clusterIP")], "may not change once set")
    rewritten = any(obj.get(f) != old.get(f) for f in ("data", "binaryData"))
    if kind in ("ConfigMap", "Secret") and old.get("immutable") and rewritten:
        yield forbidden_value("data", "field is immutable when `immutable` is set")
    if kind == "Secret" and obj.get("type") != old.get("type"):
        yield invalid_value("type", obj.get("type", ""), "field is immutable")
    if kind == "PersistentVolumeClaim":
        changed = {f for f in {*spec, *before} if spec.get(f) != before.get(f)}
        if changed - {"resources", "volumeName", "volumeAttributesClassName"}:
            text = (
                "spec is immutable after creation except resources.requests and volumeAttributesClassName "
                "for bound claims"
            )
            yield forbidden_value("spec", text)


def _go_map(labels: dict[str, str]) -> str:
    return "map[string]string{" + ", ".join(f'"{k}":"{v}"' for k, v in sorted(labels.items())) + "}"


def _go_selector(selector: Obj) -> str:
    expressions = (
        "[]v1.LabelSelectorRequirement(nil)"
        if not selector.get("matchExpressions")
        else "[]v1.LabelSelectorRequirement{…}"
    )
    return (
        f"v1.LabelSelector{{MatchLabels:{_go_map(selector.get('matchLabels') or {})}, MatchExpressions:{expressions}}}"
    )
