"""Deployments, ReplicaSets, StatefulSets, DaemonSets and ReplicationControllers: a selector and a template that fit."""

from __future__ import annotations

from sre_lab.kubernetes.rules import go, labels, pods, rollouts
from sre_lab.kubernetes.rules.pod_changes import same
from sre_lab.kubernetes.rules.shapes import IMMUTABLE, Causes, Obj, inner, items, not_negative, number, one_of
from sre_lab.kubernetes.selectors import matches
from sre_lab.kubernetes.statuses import forbidden_value, invalid_value, required_value, unsupported_value

MISMATCH = "`selector` does not match template `labels`"
_STATEFUL_MUTABLE = (
    *("replicas", "ordinals", "template", "updateStrategy"),
    *("persistentVolumeClaimRetentionPolicy", "minReadySeconds"),
)
_RETENTION = ("Retain", "Delete")


def deployment(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    yield from not_negative(spec, "spec", "replicas")
    yield from _selecting(spec, "deployment")
    yield from _template(spec, "ReplicaSet")
    yield from rollouts.deployment(spec)
    yield from not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline, ready = number(spec, "progressDeadlineSeconds"), number(spec, "minReadySeconds") or 0
    if deadline is not None and deadline <= ready:
        yield invalid_value("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
    yield from _same_selector(spec, old)


def replica_set(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    yield from not_negative(spec, "spec", "replicas", "minReadySeconds")
    yield from _selecting(spec, "deployment")
    yield from _template(spec, "ReplicaSet")
    yield from _same_selector(spec, old)


def replication_controller(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    yield from not_negative(spec, "spec", "minReadySeconds")
    selector, labels = inner(spec, "selector"), inner(inner(inner(spec, "template"), "metadata"), "labels")
    if not selector:
        yield required_value("spec.selector")
    yield from not_negative(spec, "spec", "replicas")
    if spec.get("template") is None:
        yield required_value("spec.template")
        return
    if not selector.items() <= labels.items():
        yield invalid_value("spec.template.metadata.labels", go.string_map(labels or None), MISMATCH)
    yield from _template(spec, "ReplicationController")


def stateful_set(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    policy = spec.get("podManagementPolicy")
    if policy not in ("OrderedReady", "Parallel"):
        yield invalid_value("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
    yield from rollouts.stateful_set(spec)
    for field in ("whenDeleted", "whenScaled"):
        retention = inner(spec, "persistentVolumeClaimRetentionPolicy")
        yield from one_of(retention, field, "spec.persistentVolumeClaimRetentionPolicy", _RETENTION)
    yield from not_negative(spec, "spec", "replicas", "minReadySeconds")
    yield from not_negative(inner(spec, "ordinals"), "spec.ordinals", "start")
    yield from _selecting(spec, "statefulset")
    claims = [str(inner(claim, "metadata").get("name", "")) for _, claim in items(spec, "volumeClaimTemplates")]
    yield from _template(spec, "StatefulSet", claims)
    if old is not None:
        before = inner(old, "spec")
        if any(not same(spec.get(f), before.get(f)) for f in {*spec, *before} if f not in _STATEFUL_MUTABLE):
            detail = (
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                "'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            )
            yield forbidden_value("spec", detail)


def daemon_set(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    yield from _selecting(spec, "daemonset")
    yield from _template(spec, "DaemonSet")
    yield from not_negative(spec, "spec", "minReadySeconds")
    yield from rollouts.daemon_set(spec)
    yield from not_negative(spec, "spec", "revisionHistoryLimit")
    yield from _same_selector(spec, old)


def template_of_controller(spec: Obj, path: str, labels_: Obj) -> Causes:
    """That the selector of a controller takes the pods of its own template."""
    selector = spec.get("selector")
    if not isinstance(selector, dict) or not takes(selector, labels_):
        yield invalid_value(f"{path}.template.metadata.labels", go.string_map(labels_ or None), MISMATCH)


def _selecting(spec: Obj, kind: str) -> Causes:
    """The selector itself, and that it takes the labels of the template."""
    selector = spec.get("selector")
    template_labels = inner(inner(inner(spec, "template"), "metadata"), "labels")
    if not isinstance(selector, dict):
        yield required_value("spec.selector")
        yield from template_of_controller(spec, "spec", template_labels)
        return
    wrong = list(labels.selector(selector, "spec.selector"))
    yield from wrong
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield invalid_value("spec.selector", go.label_selector(selector), f"empty selector is invalid for {kind}")
    if any(cause.field.endswith((".operator", ".values")) for cause in wrong):
        yield invalid_value("spec.selector", go.label_selector(selector), "invalid label selector")
    else:
        yield from template_of_controller(spec, "spec", template_labels)


def takes(selector: Obj, labels: Obj) -> bool:
    """Whether a selector takes these labels."""
    try:
        return matches(selector, labels)
    except (KeyError, AttributeError):  # its expressions are incomplete, which was said before
        return True


def _template(spec: Obj, kind: str, claims: list[str] | None = None) -> Causes:
    template = inner(spec, "template")
    yield from pods.template(template, "spec.template", claims)
    policy = inner(template, "spec").get("restartPolicy")
    if policy != "Always":
        yield unsupported_value("spec.template.spec.restartPolicy", policy, ["Always"])
    if inner(template, "spec").get("activeDeadlineSeconds") is not None:
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        yield forbidden_value("spec.template.spec.activeDeadlineSeconds", detail)


def _same_selector(spec: Obj, old: Obj | None) -> Causes:
    if old is not None and not same(spec.get("selector"), inner(old, "spec").get("selector")):
        yield invalid_value("spec.selector", go.label_selector(inner(spec, "selector")), IMMUTABLE)
