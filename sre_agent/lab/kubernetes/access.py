"""Who may do what: everything, except what a recorded world refused."""

from __future__ import annotations

from sre_agent.lab.kubernetes.kinds import Resource
from sre_agent.lab.kubernetes.statuses import ApiError, details
from sre_agent.lab.world import Refusal, World

ANYWHERE = ("", "*", "all", "any")
CLUSTER = ("cluster", "cluster scope", "cluster-wide", "at the cluster scope")
USER = "kubernetes-admin"
_CLIENT_PREFIX = "Error from server (Forbidden): "


def refusal(
    world: World, verb: str, resource: Resource, subresource: str, namespace: str, name: str = ""
) -> Refusal | None:
    """The refusal that meets a request, or None. `namespace` is empty for cluster-wide requests."""
    for found in world.refusals:
        if (
            found.verb in ("*", verb)
            and _is_resource(found.resource, resource, subresource)
            and _in_scope(found.scope, namespace, name)
        ):
            return found
    return None


def check(world: World, verb: str, resource: Resource, subresource: str, namespace: str, name: str) -> None:
    """ApiError 403 with the recorded message when the request is refused."""
    found = refusal(world, verb, resource, subresource, namespace, name)
    if found is None:
        return
    message = found.message.strip().removeprefix(_CLIENT_PREFIX)
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    what = f"{resource.plural}/{subresource}" if subresource else resource.plural
    named = f'{resource.qualified} "{name}"' if name else resource.qualified
    text = (
        f'{named} is forbidden: User "{USER}" cannot {verb} resource "{what}" in API group "{resource.group}" {where}'
    )
    raise ApiError(403, "Forbidden", message or text, details(resource, name))


def _is_resource(asked: str, resource: Resource, subresource: str) -> bool:
    if asked in ("*", "*.*"):
        return True
    wanted, _, below = asked.lower().partition("/")
    wanted, _, group = wanted.partition(".")
    if below != subresource and below != "*":
        return False
    if group and group != resource.group:
        return False
    return wanted in (resource.plural, resource.singular, *resource.short)


def _in_scope(scope: str, namespace: str, name: str) -> bool:
    """`scope` is a namespace, `namespace NAME`, `NAME/OBJECT`, a word for the whole cluster, or one for anywhere."""
    text = scope.strip().lower()
    if text in ANYWHERE:
        return True
    if text in CLUSTER:
        return not namespace
    for prefix in ("namespaces/", "namespace/", "namespace:", "namespace ", "ns/"):
        text = text.removeprefix(prefix)
    wanted, _, object_name = text.partition("/")
    return wanted == namespace and object_name in ("", name)
