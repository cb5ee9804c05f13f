"""Who may do what: what RBAC grants the user (the administrator: everything), less what a recorded world refused."""

from __future__ import annotations

from sre_lab.kubernetes import rbac
from sre_lab.kubernetes.identity import ApiUser
from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.statuses import ApiStatusError, details
from sre_lab.world import RecordedRefusal, World

ANYWHERE = ("", "*", "all", "any")
CLUSTER = ("cluster", "cluster scope", "cluster-wide", "at the cluster scope")
_CLIENT_PREFIX = "Error from server (Forbidden): "


def refusal(
    world: World, verb: str, resource: ApiResource, subresource: str, namespace: str, name: str = ""
) -> RecordedRefusal | None:
    """The refusal that meets a request, or None. `namespace` is empty for cluster-wide requests."""
    for refusal in world.refusals:
        if (
            refusal.verb in ("*", verb)
            and _is_resource(refusal.resource, resource, subresource)
            and _in_scope(refusal.scope, namespace, name)
        ):
            return refusal
    return None


def reason_to_allow(
    world: World, user: ApiUser, verb: str, resource: ApiResource, subresource: str, namespace: str, name: str = ""
) -> str | None:
    """Why the user may (empty for the administrator); None when it may not."""
    if refusal(world, verb, resource, subresource, namespace, name) is not None:
        return None
    if user.may_everything:
        return ""
    what = f"{resource.plural}/{subresource}" if subresource else resource.plural
    return rbac.grant(world, user, verb, resource.group, what, namespace, name)


def check(
    world: World, user: ApiUser, verb: str, resource: ApiResource, subresource: str, namespace: str, name: str
) -> None:
    """ApiStatusError 403 when the user may not; a recorded world's refusal has its own message."""
    if reason_to_allow(world, user, verb, resource, subresource, namespace, name) is not None:
        return
    recorded_refusal = refusal(world, verb, resource, subresource, namespace, name)
    message = recorded_refusal.message.strip().removeprefix(_CLIENT_PREFIX) if recorded_refusal else ""
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    what = f"{resource.plural}/{subresource}" if subresource else resource.plural
    target = f'{resource.qualified} "{name}"' if name else resource.qualified
    does = f'cannot {verb} resource "{what}" in API group "{resource.group}" {where}'
    text = f'{target} is forbidden: User "{user.name}" {does}'
    raise ApiStatusError(403, "Forbidden", message or text, details(resource, name))


def _is_resource(pattern: str, resource: ApiResource, subresource: str) -> bool:
    if pattern in ("*", "*.*"):
        return True
    name, _, below = pattern.lower().partition("/")
    name, _, group = name.partition(".")
    if below != subresource and below != "*":
        return False
    if group and group != resource.group:
        return False
    return name in (resource.plural, resource.singular, *resource.short)


def _in_scope(scope: str, namespace: str, name: str) -> bool:
    """`scope` is a namespace, `namespace NAME`, `NAME/OBJECT`, a word for the whole cluster, or one for anywhere."""
    text = scope.strip().lower()
    if text in ANYWHERE:
        return True
    if text in CLUSTER:
        return not namespace
    for prefix in ("namespaces/", "namespace/", "namespace:", "namespace ", "ns/"):
        text = text.removeprefix(prefix)
    scope_namespace, _, object_name = text.partition("/")
    return scope_namespace == namespace and object_name in ("", name)
