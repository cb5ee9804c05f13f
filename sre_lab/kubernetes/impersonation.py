"""Acting as somebody else: `kubectl --as`, allowed by the verb `impersonate` on users, groups and service accounts."""

from __future__ import annotations

from starlette.datastructures import Headers

from sre_lab.kubernetes import rbac
from sre_lab.kubernetes.identity import ACCOUNT, AUTHENTICATED, ApiUser, identify, impersonated_user
from sre_lab.kubernetes.statuses import ApiStatusError
from sre_lab.world import World


def acting_user(world: World, headers: Headers) -> ApiUser:
    """Whose rights a request has; ApiStatusError 401 or 403."""
    user = identify(world, headers)
    other = impersonated_user(headers)
    if other is None:
        return user
    if other.name.startswith(ACCOUNT):
        namespace, _, name = other.name.removeprefix(ACCOUNT).partition(":")
        _check(world, user, "serviceaccounts", name, namespace)
        return other
    _check(world, user, "users", other.name)
    for group in other.groups:
        if group != AUTHENTICATED and not group.startswith("system:unauthenticated"):
            _check(world, user, "groups", group)
    return other


def _check(world: World, user: ApiUser, resource: str, name: str, namespace: str = "") -> None:
    if user.may_everything or rbac.grant(world, user, "impersonate", "", resource, namespace, name) is not None:
        return
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    text = f'User "{user.name}" cannot impersonate resource "{resource}" in API group "" {where}'
    details = {"name": name, "kind": resource}
    raise ApiStatusError(403, "Forbidden", f'{resource} "{name}" is forbidden: {text}', details)
