"""What may change about a pod that exists: images, a deadline, more tolerations, fewer scheduling gates."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.rules.pod_difference import difference
from sre_lab.kubernetes.rules.shapes import Causes, Obj, items, number
from sre_lab.kubernetes.statuses import forbidden_value, invalid_value

_UPDATES = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_CONTAINERS = ("containers", "initContainers")
_CHECKED = ("activeDeadlineSeconds", "tolerations", "schedulingGates")


def pod_changes(spec: Obj, before: Obj) -> Causes:
    """What is wrong with `spec` as the successor of the pod spec `before`."""
    if spec == before:
        return
    for field in _CONTAINERS:
        if len(items(spec, field)) != len(items(before, field)):
            yield forbidden_value(f"spec.{field}", "pod updates may not add or remove containers")
            return
    yield from _deadline(spec, before)
    if any(not _still_there(old, spec) for _, old in items(before, "tolerations")):
        detail = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden_value("spec.tolerations", detail)
    names = {gate.get("name") for _, gate in items(before, "schedulingGates")}
    for place, gate in items(spec, "schedulingGates"):
        if gate.get("name") not in names:
            detail = f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'"
            yield forbidden_value(f"spec.schedulingGates[{place}].name", detail)
    fixed, was = _immutable_part(spec, before), _immutable_part(before, before)
    if not same(fixed, was):
        changed = {field for field in {*fixed, *was} if not same(fixed.get(field), was.get(field))}
        yield forbidden_value("spec", f"{_UPDATES}\n{difference(fixed, was, changed)}")


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same to the API: what is empty may as well be absent."""
    if one == other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one.get(key), other.get(key)) for key in {*one, *other})
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return one in (None, {}, []) and other in (None, {}, [])


def _deadline(spec: Obj, before: Obj) -> Causes:
    now, was = number(spec, "activeDeadlineSeconds"), number(before, "activeDeadlineSeconds")
    if now is None and was is not None:
        detail = "must not update from a positive integer to nil value"
        yield invalid_value("spec.activeDeadlineSeconds", None, detail)
    elif now is not None and was is not None and now > was:
        yield invalid_value("spec.activeDeadlineSeconds", now, "must be less than or equal to previous value")


def _still_there(old: Obj, spec: Obj) -> bool:
    expected = {**old, "tolerationSeconds": None}
    return any(same({**new, "tolerationSeconds": None}, expected) for _, new in items(spec, "tolerations"))


def _immutable_part(spec: Obj, before: Obj) -> Obj:
    """What has to stay as it is."""
    fixed = {**spec, **{key: before.get(key) for key in _CHECKED}}
    for field in _CONTAINERS:
        if field in spec:
            images = [c.get("image") for _, c in items(before, field)]
            fixed[field] = [{**c, "image": images[place]} for place, c in items(spec, field)]
    grace = "terminationGracePeriodSeconds"
    if (number(before, grace) or 0) < 0 and spec.get(grace) == 1:
        fixed[grace] = before[grace]
    return fixed
