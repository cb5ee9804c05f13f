"""Who asks: the user that a request's token names.

The kubeconfig of the lab belongs to the cluster's administrator. Any other token names its user in clear text, as the
lab keeps no secrets: `system:serviceaccount:NAMESPACE:NAME`, `user:NAME` or `user:NAME:GROUP,GROUP`; a token out of a
Secret of type kubernetes.io/service-account-token stands for that account.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from sre_agent.lab.kubernetes.statuses import ApiError
from sre_agent.lab.world import World

ADMIN_TOKEN = "lab"  # noqa: S105 - the open token of the lab's own kubeconfig
MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
ACCOUNT = "system:serviceaccount:"
TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type


@dataclass(frozen=True)
class User:
    """A user and the groups whose rights it has too."""

    name: str
    groups: tuple[str, ...]

    @property
    def may_everything(self) -> bool:
        return MASTERS in self.groups


ADMIN = User("kubernetes-admin", (MASTERS, AUTHENTICATED))
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def identify(world: World, headers: Mapping[str, str]) -> User:
    """The user of a request; ApiError 401 for a token that names nobody, 403 for an impersonation without the right."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    user = _named(world, token.strip()) if scheme.lower() == "bearer" else ADMIN
    wanted = headers.get("impersonate-user")
    if not wanted:
        return user
    if not user.may_everything:
        text = f'User "{user.name}" cannot impersonate resource "users" in API group "" at the cluster scope'
        found = {"name": wanted, "kind": "users"}
        raise ApiError(403, "Forbidden", f'users "{wanted}" is forbidden: {text}', found)
    if wanted.startswith(ACCOUNT):
        return _account(*wanted.removeprefix(ACCOUNT).split(":", 1))
    groups = tuple(g for g in headers.get("impersonate-group", "").split(",") if g)
    return User(wanted, (*groups, AUTHENTICATED)) if wanted != ANONYMOUS.name else ANONYMOUS


def _named(world: World, token: str) -> User:
    if token == ADMIN_TOKEN:
        return ADMIN
    if token.startswith("user:") and token != "user:":  # noqa: S105 - the form of a token
        name, _, groups = token.removeprefix("user:").partition(":")
        return User(name, (*filter(None, groups.split(",")), AUTHENTICATED))
    account = token.removeprefix(ACCOUNT) if token.startswith(ACCOUNT) else _account_of_secret(world, token)
    namespace, _, name = account.partition(":")
    if not name or world.objects.get("ServiceAccount", namespace, name) is None:
        raise ApiError(401, "Unauthorized", "Unauthorized")
    return _account(namespace, name)


def _account(namespace: str, name: str = "") -> User:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
    return User(f"{ACCOUNT}{namespace}:{name}", groups)


def _account_of_secret(world: World, token: str) -> str:
    for secret in world.objects.all("Secret"):
        if secret.get("type") != TOKEN_SECRET:
            continue
        try:
            held = base64.b64decode((secret.get("data") or {}).get("token", "")).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if held and held == token:
            meta = secret["metadata"]
            name = (meta.get("annotations") or {}).get("kubernetes.io/service-account.name", "")
            return f"{meta['namespace']}:{name}"
    return ""
