"""What Roles, ClusterRoles and their bindings allow a user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sre_lab.kubernetes.identity import ACCOUNT, AUTHENTICATED, ApiUser
from sre_lab.kubernetes.selectors import matches
from sre_lab.world import World

Obj = dict[str, Any]
# What system:basic-user and system:discovery give to everybody who is known.
BASIC: tuple[Obj, ...] = (
    {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]},
)
PUBLIC_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
DISCOVERY_PATHS = [
    *("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*"),
    *("/readyz", "/version", "/version/"),
]
ISSUER_PATHS = ["/.well-known", "/.well-known/*"]


def grant(world: World, user: ApiUser, verb: str, group: str, resource: str, namespace: str, name: str) -> str | None:
    """Why the user may do it, in the words of an access review; None when no rule allows it.

    `resource` is the plural, with `/subresource` where one is meant.
    """
    for why, rule in grants(world, user, namespace):
        if covers(rule, verb, group, resource, name):
            return why
    return None


def grants(world: World, user: ApiUser, namespace: str) -> Iterator[tuple[str, Obj]]:
    """(where it comes from, rule) of every rule that holds for the user in a namespace (empty: cluster-wide)."""
    for binding in world.objects.all("ClusterRoleBinding"):
        yield from _of_binding(world, user, binding, "")
    if namespace:
        for binding in world.objects.all("RoleBinding", namespace):
            yield from _of_binding(world, user, binding, namespace)
    if AUTHENTICATED in user.groups:
        for rule in BASIC:
            yield 'RBAC: allowed by ClusterRoleBinding "system:basic-user"', rule


def url_rules(world: World, user: ApiUser) -> list[Obj]:
    """The rules about URLs that are no resources, from the roles that every cluster has and those that are bound."""
    if user.may_everything:
        return [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
    basic = [DISCOVERY_PATHS, ISSUER_PATHS, PUBLIC_PATHS] if AUTHENTICATED in user.groups else [PUBLIC_PATHS]
    bound = [rule for _, rule in grants(world, user, "") if rule.get("nonResourceURLs")]
    return [{"verbs": ["get"], "nonResourceURLs": urls} for urls in basic] + bound


def may_read(world: World, user: ApiUser, path: str, verb: str = "get") -> bool:
    """Whether the user may use a URL that is no resource."""
    return any(
        (verb in rule["verbs"] or "*" in rule["verbs"]) and _is_under(path, rule["nonResourceURLs"])
        for rule in url_rules(world, user)
    )


def _is_under(path: str, urls: list[str]) -> bool:
    return any(path == url or (url.endswith("*") and path.startswith(url[:-1])) for url in urls)


def _of_binding(world: World, user: ApiUser, binding: Obj, namespace: str) -> Iterator[tuple[str, Obj]]:
    subject = next((s for s in binding.get("subjects") or [] if _is_subject(s, user, namespace)), None)
    if subject is None:
        return
    reference = binding["roleRef"]
    place = namespace if reference["kind"] == "Role" else ""
    role = world.objects.get(reference["kind"], place, reference["name"])
    if role is None:
        return
    where = binding["metadata"]["name"] + (f"/{namespace}" if namespace else "")
    who = subject["name"] + (f"/{subject['namespace']}" if subject.get("namespace") else "")
    why = f'RBAC: allowed by {binding["kind"]} "{where}" of {reference["kind"]} "{reference["name"]}"'
    for rule in rules(world, role):
        yield f'{why} to {subject["kind"]} "{who}"', rule


def _is_subject(subject: Obj, user: ApiUser, namespace: str) -> bool:
    if subject["kind"] == "ServiceAccount":
        return user.name == f"{ACCOUNT}{subject.get('namespace') or namespace}:{subject['name']}"
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    return bool(subject["name"] == user.name)


def rules(world: World, role: Obj) -> Iterator[Obj]:
    """The role's own rules, and those that it gathers from other cluster roles."""
    yield from role.get("rules") or []
    for selector in (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or []:
        for other in world.objects.all("ClusterRole"):
            if other is not role and matches(selector, other["metadata"].get("labels") or {}):
                yield from other.get("rules") or []


def covers(rule: Obj, verb: str, group: str, resource: str, name: str) -> bool:
    """Whether one rule allows it."""
    names = rule.get("resourceNames") or []
    return (
        _has(rule.get("verbs"), verb)
        and _has(rule.get("apiGroups"), group)
        and _has_resource(rule.get("resources") or [], resource)
        and (not names or name in names)
    )


def _has(entries: list[str] | None, value: str) -> bool:
    return value in (entries or []) or "*" in (entries or [])


def _has_resource(entries: list[str], value: str) -> bool:
    _, slash, below = value.partition("/")
    return _has(entries, value) or bool(slash and f"*/{below}" in entries)
