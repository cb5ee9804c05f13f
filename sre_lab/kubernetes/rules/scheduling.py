"""Where a pod may run: affinity, tolerations, taints, spreading."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms, go, labels
from sre_lab.kubernetes.rules.shapes import Causes, Obj, check_form, inner, items, number, text, texts
from sre_lab.kubernetes.statuses import (
    GoText,
    StatusCause,
    duplicate_value,
    forbidden_value,
    invalid_value,
    required_value,
    unsupported_value,
)

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TOLERATES = ("Equal", "Exists")
_UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")
_NODE_POLICIES = ("Honor", "Ignore")
_POSITIVE = "must be greater than zero"
_WEIGHT = "must be in the range 1-100"


def affinity(spec: Obj, path: str) -> Causes:
    rules = inner(spec, "affinity")
    if not rules:
        return
    node = inner(rules, "nodeAffinity")
    if node.get(REQUIRED) is not None:
        yield from node_selector(inner(node, REQUIRED), f"{path}.affinity.nodeAffinity.{REQUIRED}")
    for place, term in items(node, PREFERRED):
        at = f"{path}.affinity.nodeAffinity.{PREFERRED}[{place}]"
        yield from _weight(term, at)
        yield from _node_term(inner(term, "preference"), f"{at}.preference")
    for kind in ("podAffinity", "podAntiAffinity"):
        pods, at = inner(rules, kind), f"{path}.affinity.{kind}"
        for place, term in items(pods, REQUIRED):
            yield from _pod_term(term, f"{at}.{REQUIRED}[{place}]")
        for place, term in items(pods, PREFERRED):
            yield from _weight(term, f"{at}.{PREFERRED}[{place}]")
            yield from _pod_term(inner(term, "podAffinityTerm"), f"{at}.{PREFERRED}[{place}].podAffinityTerm")


def node_selector(selector: Obj, path: str) -> Causes:
    if not selector.get("nodeSelectorTerms"):
        yield required_value(f"{path}.nodeSelectorTerms", "must have at least one node selector term")
    for place, term in items(selector, "nodeSelectorTerms"):
        yield from _node_term(term, f"{path}.nodeSelectorTerms[{place}]")


def _weight(term: Obj, path: str) -> Causes:
    weight = number(term, "weight") or 0
    if not 1 <= weight <= 100:
        yield invalid_value(f"{path}.weight", weight, _WEIGHT)


def _node_term(term: Obj, path: str) -> Causes:
    for place, requirement in items(term, "matchExpressions"):
        yield from _node_requirement(requirement, f"{path}.matchExpressions[{place}]")
    for place, requirement in items(term, "matchFields"):
        yield from _field_requirement(requirement, f"{path}.matchFields[{place}]")


def _node_requirement(requirement: Obj, path: str) -> Causes:
    operator, values = text(requirement, "operator"), requirement.get("values") or []
    if operator in ("In", "NotIn"):
        if not values:
            yield required_value(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            yield forbidden_value(f"{path}.values", detail)
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            yield required_value(f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
    else:
        yield invalid_value(f"{path}.operator", operator, "not a valid selector operator")
    yield from check_form(text(requirement, "key"), f"{path}.key", forms.qualified_name)


def _field_requirement(requirement: Obj, path: str) -> Causes:
    if text(requirement, "operator") not in ("In", "NotIn"):
        yield invalid_value(f"{path}.operator", text(requirement, "operator"), "not a valid selector operator")
    elif len(requirement.get("values") or []) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield required_value(f"{path}.values", detail)
    if text(requirement, "key") != "metadata.name":
        yield invalid_value(f"{path}.key", text(requirement, "key"), "not a valid field selector key")


def _pod_term(term: Obj, path: str) -> Causes:
    yield from labels.selector(term.get("labelSelector"), f"{path}.labelSelector")
    yield from labels.selector(term.get("namespaceSelector"), f"{path}.namespaceSelector")
    for name in texts(term, "namespaces"):
        yield from check_form(name, f"{path}.namespace", forms.label)
    key = text(term, "topologyKey")
    if not key:
        yield required_value(f"{path}.topologyKey", "can not be empty")
    yield from check_form(key, f"{path}.topologyKey", forms.qualified_name)


def tolerations(spec: Obj, path: str) -> Causes:
    for place, toleration in items(spec, "tolerations"):
        yield from _toleration(toleration, f"{path}.tolerations[{place}]")


def _toleration(toleration: Obj, path: str) -> Causes:
    key, operator, value = text(toleration, "key"), text(toleration, "operator"), text(toleration, "value")
    effect = text(toleration, "effect")
    if key:
        yield from check_form(key, f"{path}.key", forms.qualified_name)
    elif operator != "Exists":
        detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        yield invalid_value(f"{path}.operator", operator, detail)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        yield invalid_value(f"{path}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if operator in ("", "Equal"):
        if problems := forms.label_value(value):
            yield invalid_value(f"{path}.operator", value, ";".join(problems))
    elif operator == "Exists":
        if value:
            seconds = "(*int64)(nil)" if toleration.get("tolerationSeconds") is None else "(*int64)(0xc000000000)"
            fields = f"Key:{go.quote(key)}, Operator:{go.quote(operator)}, Value:{go.quote(value)}"
            literal = f"core.Toleration{{{fields}, Effect:{go.quote(effect)}, TolerationSeconds:{seconds}}}"
            yield invalid_value(f"{path}.operator", GoText(literal), "value must be empty when `operator` is 'Exists'")
    else:
        yield unsupported_value(f"{path}.operator", operator, _TOLERATES)
    if effect and effect not in _EFFECTS:
        yield unsupported_value(f"{path}.effect", effect, _EFFECTS)


def taints(spec: Obj, path: str) -> Causes:
    pairs: set[tuple[str, str]] = set()
    for place, taint in items(spec, "taints"):
        at, key, effect = f"{path}[{place}]", text(taint, "key"), text(taint, "effect")
        yield from check_form(key, f"{at}.key", forms.qualified_name)
        if problems := forms.label_value(text(taint, "value")):
            yield invalid_value(f"{at}.value", taint["value"], ";".join(problems))
        if not effect:
            yield required_value(f"{at}.effect")
        elif effect not in _EFFECTS:
            yield unsupported_value(f"{at}.effect", effect, _EFFECTS)
        if (key, effect) in pairs:
            yield _same_taint(at, taint, key, effect)
        pairs.add((key, effect))


def _same_taint(path: str, taint: Obj, key: str, effect: str) -> StatusCause:
    fields = f"Key:{go.quote(key)}, Value:{go.quote(text(taint, 'value'))}, Effect:{go.quote(effect)}"
    go_text = GoText(f"core.Taint{{{fields}, TimeAdded:<nil>}}")
    cause = duplicate_value(path, go_text)
    return StatusCause(cause.field, cause.reason, f"{cause.message}: taints must be unique by key and effect pair")


def topology_spread(spec: Obj, path: str) -> Causes:
    constraints = items(spec, "topologySpreadConstraints")
    pairs = [(text(c, "topologyKey"), text(c, "whenUnsatisfiable")) for _, c in constraints]
    for place, constraint in constraints:
        at = f"{path}.topologySpreadConstraints[{place}]"
        key, action = text(constraint, "topologyKey"), text(constraint, "whenUnsatisfiable")
        skew, domains = number(constraint, "maxSkew") or 0, number(constraint, "minDomains")
        if skew <= 0:
            yield invalid_value(f"{at}.maxSkew", skew, _POSITIVE)
        if not key:
            yield required_value(f"{at}.topologyKey", "can not be empty")
        if action not in _UNSATISFIABLE:
            yield unsupported_value(f"{at}.whenUnsatisfiable", action, _UNSATISFIABLE)
        if (key, action) in pairs[place + 1 :]:
            yield duplicate_value(f"{at}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}")
        if domains is not None:
            yield from _domains(domains, action, f"{at}.minDomains")
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if constraint.get(field) is not None and constraint[field] not in _NODE_POLICIES:
                yield unsupported_value(f"{at}.{field}", constraint[field], _NODE_POLICIES)
        if constraint.get("matchLabelKeys") and constraint.get("labelSelector") is None:
            yield forbidden_value(f"{at}.matchLabelKeys", "must not be specified when labelSelector is not set")
        yield from labels.selector(constraint.get("labelSelector"), f"{at}.labelSelector")


def _domains(domains: int, action: str, path: str) -> Causes:
    if domains <= 0:
        yield invalid_value(path, domains, _POSITIVE)
    if action != "DoNotSchedule":
        yield invalid_value(path, domains, f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}")
