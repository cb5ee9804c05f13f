"""Nodes: taints, and the identity that a node keeps."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms, scheduling
from sre_lab.kubernetes.rules.shapes import Causes, Obj, check_form, inner, text, texts
from sre_lab.kubernetes.statuses import forbidden_value

_KEPT = 'node updates may not change {} except from "" to valid'


def node(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    if old is not None:
        before = inner(old, "spec")
        if _ranges(before) and _ranges(before) != _ranges(spec):
            yield forbidden_value("spec.podCIDRs", _KEPT.format("podCIDR"))
        if text(before, "providerID") and before["providerID"] != spec.get("providerID"):
            yield forbidden_value("spec.providerID", _KEPT.format("providerID"))
    yield from scheduling.taints(spec, "metadata.taints")
    for place, value in enumerate(_ranges(spec) if old is None else ()):
        yield from check_form(value, f"spec.podCIDRs[{place}]", forms.network)


def _ranges(spec: Obj) -> list[str]:
    own, ranges = text(spec, "podCIDR"), texts(spec, "podCIDRs")
    return [own, *ranges[1:]] if own else ranges
