"""Nobody gives rights away that they do not have: what a Role or a binding may contain depends on who writes it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from sre_lab.kubernetes import rbac
from sre_lab.kubernetes.identity import ApiUser
from sre_lab.kubernetes.kinds import of_kind
from sre_lab.kubernetes.statuses import ApiStatusError, details
from sre_lab.objects.store import Obj
from sre_lab.world import World

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")
Right = tuple[str, str, str, str]  # verb, group, resource, name ("" for all)


def check(world: World, user: ApiUser, obj: Obj) -> None:
    """ApiStatusError 403 when the object would grant what the user lacks, unless `escalate` or `bind` allows it."""
    if user.may_everything or obj["kind"] not in (*ROLES, *BINDINGS):
        return
    namespace = obj["metadata"].get("namespace", "")
    if obj["kind"] in ROLES:
        target_rules, verb, of, name = obj.get("rules") or [], "escalate", obj["kind"], obj["metadata"].get("name", "")
    else:
        of, name = obj["roleRef"]["kind"], obj["roleRef"]["name"]
        role = world.objects.get(of, namespace if of == "Role" else "", name)
        target_rules, verb = list(rbac.rules(world, role)) if role else [], "bind"
    plural = of_kind(of).plural
    if rbac.grant(world, user, verb, "rbac.authorization.k8s.io", plural, namespace, name) is not None:
        return
    own_rules = [rule for _, rule in rbac.grants(world, user, namespace)]
    missing = [right for rule in target_rules for right in _rights(rule) if not _covers(own_rules, right)]
    if missing:
        _refuse(user, obj, missing)


def _refuse(user: ApiUser, obj: Obj, missing: list[Right]) -> None:
    resource, name = of_kind(obj["kind"]), obj["metadata"].get("name", "")
    groups = " ".join(f'"{group}"' for group in user.groups)
    text = (
        f'{resource.qualified} "{name}" is forbidden: user "{user.name}" (groups=[{groups}]) is attempting to grant '
        "RBAC permissions not currently held:\n" + "\n".join(_compact(missing))
    )
    raise ApiStatusError(403, "Forbidden", text, details(resource, name))


def _rights(rule: Obj) -> Iterator[Right]:
    for url, verb in product(rule.get("nonResourceURLs") or [], rule.get("verbs") or []):
        yield verb, "", url, ""
    yield from product(
        rule.get("verbs") or [],
        rule.get("apiGroups") or [],
        rule.get("resources") or [],
        rule.get("resourceNames") or [""],
    )


def _covers(rules: list[Obj], right: Right) -> bool:
    verb, group, resource, name = right
    if resource.startswith("/"):
        return any(resource in (r.get("nonResourceURLs") or []) and verb in (r.get("verbs") or []) for r in rules)
    return any(rbac.covers(rule, verb, group, resource, name) for rule in rules)


def _compact(missing: list[Right]) -> list[str]:
    """One line for each resource, its verbs together, as the API prints rules."""
    verbs: dict[tuple[str, str, str], list[str]] = {}
    for verb, group, resource, name in missing:
        verbs.setdefault((group, resource, name), []).append(verb)
    lines = []
    for (group, resource, name), verb_list in verbs.items():
        parts = [f'NonResourceURLs:["{resource}"]'] if resource.startswith("/") else [f'APIGroups:["{group}"]']
        parts += [] if resource.startswith("/") else [f'Resources:["{resource}"]']
        parts += [f'ResourceNames:["{name}"]'] if name else []
        verb_text = " ".join(f'"{verb}"' for verb in dict.fromkeys(verb_list))
        lines.append("{" + ", ".join([*parts, f"Verbs:[{verb_text}]"]) + "}")
    return sorted(lines)
