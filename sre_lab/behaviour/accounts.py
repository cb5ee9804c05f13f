"""What a pod may do in the cluster: the rights of its ServiceAccount, as the API server would judge a call."""

from __future__ import annotations

from sre_lab.kubernetes import rbac
from sre_lab.kubernetes.identity import ACCOUNT, AUTHENTICATED, ApiUser
from sre_lab.objects.store import Obj
from sre_lab.world import World


def account_of(pod: Obj) -> str:
    return str(pod["spec"].get("serviceAccountName") or "default")


def access_denial(world: World, pod: Obj, verb: str, resource: str, namespace: str = "") -> str:
    """The API server's text when the pod may not do this; empty when it may.

    `resource` is the plural, `resource.group` outside the core group; the namespace is the pod's own unless given.
    """
    own = pod["metadata"]["namespace"]
    where = namespace or own
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{own}", AUTHENTICATED)
    user = ApiUser(f"{ACCOUNT}{own}:{account_of(pod)}", groups)
    plural, _, group = resource.partition(".")
    if rbac.grant(world, user, verb, group, plural, where, "") is not None:
        return ""
    request = f'User "{user.name}" cannot {verb} resource "{plural}" in API group "{group}" in the namespace "{where}"'
    return f"{resource} is forbidden: {request}"
