"""Which bindings give an identity its roles, and which role would give it a right: when an access review says no."""

from __future__ import annotations

from collections.abc import Iterable

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import ResourceType
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists

BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def bindings_of(namespace: str, account: str, lists: Lists) -> list[str]:
    """`Kind/name -> Kind/role` of each binding that names the service account."""
    bindings = []
    for kind in BINDINGS:
        for binding in lists.of(kind):
            if any(_is(subject, namespace, account) for subject in binding.get("subjects") or []):
                role = binding.get("roleRef") or {}
                bindings.append(f"{kind}/{o.name(binding)} -> {role.get('kind', '')}/{role.get('name', '')}")
    return bindings


def _is(subject: Obj, namespace: str, account: str) -> bool:
    return (subject.get("kind"), subject.get("namespace"), subject.get("name")) == (
        "ServiceAccount",
        namespace,
        account,
    )


def missing_rule(verb: str, resource_type: ResourceType, part: str) -> Obj:
    """The rule of a role that would allow it."""
    resource = f"{resource_type.plural}/{part}" if part else resource_type.plural
    return {"apiGroups": [resource_type.group], "resources": [resource], "verbs": [verb]}


def roles_at_hand(rule: Obj, bindings: Iterable[str], lists: Lists) -> dict[str, str]:
    """The one Role of the namespace that has this right and is not bound, and the one that is bound and lacks it; empty
    where there is none, or several are."""
    bound_names = {one.rpartition("-> Role/")[2] for one in bindings if "-> Role/" in one}
    allowing = [o.name(role) for role in lists.of("Role") if allows(role, rule) and o.name(role) not in bound_names]
    lacking = [o.name(role) for role in lists.of("Role") if o.name(role) in bound_names]
    return {
        "role": allowing[0] if len(allowing) == 1 else "",
        "bound_role": lacking[0] if len(lacking) == 1 else "",
    }


def allows(role: Obj, right: Obj) -> bool:
    """Whether one rule of a role gives all of this right, on objects of any name."""
    return any(
        not rule.get("resourceNames")
        and all({"*", value} & set(rule.get(field) or []) for field, (value,) in right.items())
        for rule in role.get("rules") or []
    )
