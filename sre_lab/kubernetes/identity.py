"""Who asks: the user that a request's token names.

The kubeconfig of the lab belongs to the cluster's administrator. Any other token names its user in clear text, as the
lab keeps no secrets: `user:NAME`, `user:NAME:GROUP,GROUP` or `system:serviceaccount:NAMESPACE:NAME`, with `:EPOCH`
behind it where it expires; a token out of a Secret of type kubernetes.io/service-account-token stands for that account,
one of AWS for whom `aws_identity` finds behind it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from starlette.datastructures import Headers

from sre_lab.kubernetes import aws_identity
from sre_lab.kubernetes.statuses import ApiStatusError
from sre_lab.world import World

ADMIN_TOKEN = "lab"  # noqa: S105 - the open token of the lab's own kubeconfig
MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
ACCOUNT = "system:serviceaccount:"
TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type


@dataclass(frozen=True)
class ApiUser:
    """A user and the groups whose rights it has too."""

    name: str
    groups: tuple[str, ...]
    uid: str = ""

    @property
    def may_everything(self) -> bool:
        return MASTERS in self.groups

    @property
    def info(self) -> dict[str, object]:
        """As reviews show it."""
        info: dict[str, object] = {"username": self.name}
        return info | ({"uid": self.uid} if self.uid else {}) | {"groups": list(self.groups)}


ADMIN = ApiUser("kubernetes-admin", (MASTERS, AUTHENTICATED), uid="1")
ANONYMOUS = ApiUser("system:anonymous", ("system:unauthenticated",))


def identify(world: World, headers: Headers) -> ApiUser:
    """The user that a request's own credentials name; ApiStatusError 401 for a token that names nobody."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return user_of_token(world, token.strip()) if scheme.lower() == "bearer" else ADMIN


def impersonated_user(headers: Headers) -> ApiUser | None:
    """The user in whose place the request wants to act; whether it may is RBAC's to say."""
    user_name = headers.get("impersonate-user")
    if not user_name:
        return None
    if user_name == ANONYMOUS.name:
        return ANONYMOUS
    if user_name.startswith(ACCOUNT):
        return _account(*user_name.removeprefix(ACCOUNT).split(":", 1))
    groups = [g for header in headers.getlist("impersonate-group") for g in header.split(",") if g]
    return ApiUser(user_name, (*groups, AUTHENTICATED), headers.get("impersonate-uid", ""))


def user_of_token(world: World, token: str) -> ApiUser:
    """The user of a bearer token; ApiStatusError 401 when there is none."""
    if token == ADMIN_TOKEN:
        return ADMIN
    if token.startswith("user:") and token != "user:":  # noqa: S105 - the form of a token
        name, _, groups = token.removeprefix("user:").partition(":")
        return ApiUser(name, (*filter(None, groups.split(",")), AUTHENTICATED))
    if token.startswith(aws_identity.PREFIX):
        aws_user = aws_identity.user(world, token)
        if aws_user is None:
            raise ApiStatusError(401, "Unauthorized", "Unauthorized")
        return ApiUser(aws_user[0], (*aws_user[1], AUTHENTICATED))
    account = token.removeprefix(ACCOUNT) if token.startswith(ACCOUNT) else _account_of_secret(world, token)
    namespace, _, name = account.partition(":")
    name, _, until = name.partition(":")
    has_expired = until.isdigit() and int(until) <= world.clock.now()
    if not name or has_expired or world.objects.get("ServiceAccount", namespace, name) is None:
        raise ApiStatusError(401, "Unauthorized", "Unauthorized")
    return _account(namespace, name)


def _account(namespace: str, name: str = "") -> ApiUser:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
    return ApiUser(f"{ACCOUNT}{namespace}:{name}", groups)


def _account_of_secret(world: World, token: str) -> str:
    for secret in world.objects.all("Secret"):
        if secret.get("type") != TOKEN_SECRET:
            continue
        try:
            secret_token = base64.b64decode((secret.get("data") or {}).get("token", "")).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if secret_token and secret_token == token:
            meta = secret["metadata"]
            name = (meta.get("annotations") or {}).get("kubernetes.io/service-account.name", "")
            return f"{meta['namespace']}:{name}"
    return ""
