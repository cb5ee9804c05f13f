"""What bindings and accounts refer to: roles, accounts, Secrets."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.reading import Lists


def bindings(around: Surroundings, kind: str, places: dict[str, Lists]) -> Iterator[Fact]:
    """Bindings to a role, or of an account, that is not there. `places` are the lists of the namespaces read."""
    for binding in around.lists.of(kind):
        role = binding.get("roleRef") or {}
        if around.is_absent(str(role.get("kind", "")), str(role.get("name", ""))):
            yield around.missing(binding, role["kind"], role["name"])
        for subject in binding.get("subjects") or []:
            if subject.get("kind") != "ServiceAccount" or subject.get("name") == "default":
                continue
            place = _place(around, str(subject.get("namespace") or around.namespace), places)
            absent = place is not None and place.has("ServiceAccount")
            if place is not None and absent and place.by_name("ServiceAccount", subject["name"]) is None:
                yield around.missing(binding, "ServiceAccount", subject["name"])


def accounts(around: Surroundings) -> Iterator[Fact]:
    """Accounts that name Secrets which are not there."""
    for account in around.lists.of("ServiceAccount"):
        secrets = [*(account.get("secrets") or []), *(account.get("imagePullSecrets") or [])]
        for name in dict.fromkeys(str(one.get("name", "")) for one in secrets):
            if around.is_absent("Secret", name):
                yield around.missing(account, "Secret", name)


def _place(around: Surroundings, namespace: str, places: dict[str, Lists]) -> Lists | None:
    """The lists of a namespace; a namespace that holds nothing has them all, empty."""
    if namespace == around.namespace and namespace:
        return around.lists
    if namespace in places:
        return places[namespace]
    return around.lists if not around.namespace else None
