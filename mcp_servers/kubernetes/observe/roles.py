"""Which bindings give an identity its roles: what is left when an access review says no."""

from __future__ import annotations

from mcp_servers.kubernetes.snapshot import objects as o
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
