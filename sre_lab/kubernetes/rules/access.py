"""Roles and their bindings."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms, go
from sre_lab.kubernetes.rules.pod_changes import same
from sre_lab.kubernetes.rules.shapes import Causes, Obj, check_form, inner, items, text, texts
from sre_lab.kubernetes.statuses import GoText, invalid_value, required_value, unsupported_value

GROUP = "rbac.authorization.k8s.io"
_BOUND = {"RoleBinding": ("Role", "ClusterRole"), "ClusterRoleBinding": ("ClusterRole",)}
_SUBJECTS = ("ServiceAccount", "User", "Group")


def role(obj: Obj, old: Obj | None) -> Causes:
    for place, rule in items(obj, "rules"):
        yield from _rule(rule, f"rules[{place}]", namespaced=obj["kind"] == "Role")


def binding(obj: Obj, old: Obj | None) -> Causes:
    reference, kind = inner(obj, "roleRef"), obj["kind"]
    if reference.get("apiGroup", GROUP) != GROUP:
        yield unsupported_value("roleRef.apiGroup", reference["apiGroup"], [GROUP])
    if reference.get("kind") not in _BOUND[kind]:
        yield unsupported_value("roleRef.kind", reference.get("kind", ""), _BOUND[kind])
    if not text(reference, "name"):
        yield required_value("roleRef.name")
    else:
        yield from check_form(reference["name"], "roleRef.name", forms.path_segment)
    for place, subject in items(obj, "subjects"):
        yield from _subject(subject, f"subjects[{place}]", namespaced=kind == "RoleBinding")
    if old is not None and not same({"apiGroup": GROUP, **reference}, {"apiGroup": GROUP, **inner(old, "roleRef")}):
        fields = ", ".join(
            f"{name}:{go.quote(value)}"
            for name, value in (
                ("APIGroup", reference.get("apiGroup", GROUP)),
                ("Kind", reference.get("kind", "")),
                ("Name", reference.get("name", "")),
            )
        )
        yield invalid_value("roleRef", GoText(f"rbac.RoleRef{{{fields}}}"), "cannot change roleRef")


def _rule(rule: Obj, path: str, *, namespaced: bool) -> Causes:
    if not rule.get("verbs"):
        yield required_value(f"{path}.verbs", "verbs must contain at least one value")
    urls = texts(rule, "nonResourceURLs")
    if urls:
        if namespaced:
            problem = "namespaced rules cannot apply to non-resource URLs"
            yield invalid_value(f"{path}.nonResourceURLs", go.strings(urls), problem)
        if any(rule.get(field) for field in ("apiGroups", "resources", "resourceNames")):
            problem = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid_value(f"{path}.nonResourceURLs", go.strings(urls), problem)
        return
    if not rule.get("apiGroups"):
        yield required_value(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        yield required_value(f"{path}.resources", "resource rules must supply at least one resource")


def _subject(subject: Obj, path: str, *, namespaced: bool) -> Causes:
    name, kind, group = text(subject, "name"), subject.get("kind"), subject.get("apiGroup")
    if not name:
        yield required_value(f"{path}.name")
    if kind == "ServiceAccount":
        if name:
            yield from check_form(name, f"{path}.name", forms.subdomain)
        if group:
            yield unsupported_value(f"{path}.apiGroup", group, [""])
        if not namespaced and not subject.get("namespace"):
            yield required_value(f"{path}.namespace")
    elif kind in _SUBJECTS:
        if not name:
            yield invalid_value(f"{path}.name", name, f"{str(kind).lower()} name cannot be empty")
        if (group or GROUP) != GROUP:
            yield unsupported_value(f"{path}.apiGroup", group, [GROUP])
    else:
        yield unsupported_value(f"{path}.kind", kind or "", _SUBJECTS)
