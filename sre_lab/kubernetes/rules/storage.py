"""Claims, volumes and storage classes."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms, labels, resources
from sre_lab.kubernetes.rules.pod_changes import same
from sre_lab.kubernetes.rules.scheduling import node_selector
from sre_lab.kubernetes.rules.shapes import (
    IMMUTABLE,
    Causes,
    Obj,
    amounts,
    check_form,
    inner,
    one_of,
    text,
    texts,
)
from sre_lab.kubernetes.statuses import forbidden_value, invalid_value, required_value, unsupported_value

_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_VOLUME_MODES = ("Block", "Filesystem")
_RECLAIM = ("Delete", "Recycle", "Retain")
_CLASS_RECLAIM = ("Delete", "Retain")
_BINDING = ("Immediate", "WaitForFirstConsumer")
_POSITIVE = "must be greater than zero"
_IMMUTABLE_CLAIM = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)


def claim(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    if not spec.get("accessModes"):
        yield required_value("spec.accessModes", "at least 1 access mode is required")
    yield from labels.selector(spec.get("selector"), "spec.selector")
    yield from _access_modes(spec)
    requests = inner(inner(spec, "resources"), "requests")
    if "storage" not in requests:
        yield required_value("spec.resources[storage]")
    elif (amount := amounts({"all": requests}, "all").get("storage")) is not None and amount <= 0:
        yield invalid_value("spec.resources[storage]", str(requests["storage"]), _POSITIVE)
    if text(spec, "storageClassName"):
        yield from check_form(spec["storageClassName"], "spec.storageClassName", forms.subdomain)
    yield from one_of(spec, "volumeMode", "spec", _VOLUME_MODES)
    if old is not None:
        yield from _claim_changes(spec, old)


def volume(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    if not spec.get("accessModes"):
        yield required_value("spec.accessModes")
    yield from _access_modes(spec)
    capacity = inner(spec, "capacity")
    if not capacity:
        yield required_value("spec.capacity")
    elif "storage" not in capacity or len(capacity) > 1:
        yield unsupported_value("spec.capacity", next(n for n in capacity if n != "storage"), ("storage",))
    else:
        yield from resources.value(capacity, "storage", "spec.capacity[storage]")
    yield from one_of(spec, "persistentVolumeReclaimPolicy", "spec", _RECLAIM)
    affinity = inner(spec, "nodeAffinity")
    if affinity.get("required") is not None:
        yield from node_selector(inner(affinity, "required"), "spec.nodeAffinity.required")
    if text(spec, "storageClassName"):
        yield from check_form(spec["storageClassName"], "spec.storageClassName", forms.subdomain)
    yield from one_of(spec, "volumeMode", "spec", _VOLUME_MODES)


def storage_class(obj: Obj, old: Obj | None) -> Causes:
    if old is not None:
        for field in ("parameters", "provisioner", "reclaimPolicy"):
            if not same(obj.get(field), old.get(field)):
                yield forbidden_value(field, f"updates to {field} are forbidden.")
        if obj.get("volumeBindingMode") != old.get("volumeBindingMode"):
            yield invalid_value("volumeBindingMode", obj.get("volumeBindingMode"), IMMUTABLE)
        return
    provisioner = text(obj, "provisioner")
    if not provisioner:
        yield required_value("provisioner")
    yield from check_form(provisioner.lower(), "provisioner", forms.qualified_name)
    for field, choices in (("reclaimPolicy", _CLASS_RECLAIM), ("volumeBindingMode", _BINDING)):
        if obj.get(field) is not None and obj[field] not in choices:
            yield unsupported_value(field, obj[field], choices)


def _access_modes(spec: Obj) -> Causes:
    modes = texts(spec, "accessModes")
    for mode in modes:
        if mode not in _MODES:
            yield unsupported_value("spec.accessModes", mode, _MODES)
    if "ReadWriteOncePod" in modes and any(mode in _MODES[:3] for mode in modes):
        yield forbidden_value("spec.accessModes", "may not use ReadWriteOncePod with other access modes")


def _claim_changes(spec: Obj, old: Obj) -> Causes:
    before = inner(old, "spec")
    is_bound = inner(old, "status").get("phase") == "Bound"
    if not same(_immutable_part(spec, before, is_bound), _immutable_part(before, before, is_bound)):
        yield forbidden_value("spec", f"{_IMMUTABLE_CLAIM}\n")
    request = amounts(inner(spec, "resources"), "requests").get("storage")
    was = amounts(inner(before, "resources"), "requests").get("storage")
    has = amounts(inner(old, "status"), "capacity").get("storage")
    if request is not None and was is not None and has is not None and request < was and request <= has:
        yield forbidden_value("spec.resources.requests.storage", "field can not be less than status.capacity")
    if spec.get("volumeMode") != before.get("volumeMode"):
        yield invalid_value("volumeMode", spec.get("volumeMode"), IMMUTABLE)


def _immutable_part(spec: Obj, before: Obj, is_bound: bool) -> Obj:
    """What has to stay: all but the class of attributes, the volume once, and the size of a bound claim."""
    fixed = {key: value for key, value in spec.items() if key != "volumeAttributesClassName"}
    if not before.get("volumeName"):
        fixed.pop("volumeName", None)
    if before.get("storageClassName") is None:
        fixed.pop("storageClassName", None)
    if is_bound:
        fixed["resources"] = {k: v for k, v in inner(spec, "resources").items() if k != "requests"}
    return fixed
