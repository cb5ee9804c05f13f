"""Tokens of service accounts, as TokenRequest gives them and TokenReview reads them.

The lab keeps no secrets: a token is its account's name in clear text, with the moment until which it is good.
"""

from __future__ import annotations

from starlette.responses import Response

from sre_lab.clock import rfc3339
from sre_lab.kubernetes import bodies
from sre_lab.kubernetes.identity import ACCOUNT, user_of_token
from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.representation import respond
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.statuses import ApiStatusError, invalid, invalid_value
from sre_lab.objects.store import Obj
from sre_lab.world import World

REQUEST = ApiResource("authentication.k8s.io", "v1", "tokenrequests", "TokenRequest")
AUDIENCE = "https://kubernetes.default.svc.cluster.local"
DEFAULT_SECONDS = 3600
LEAST_SECONDS = 600
MOST_SECONDS = 1 << 32


def create_token(world: World, call: ApiRequest, account: Obj, body: tuple[bytes, str]) -> Response:
    """A token for the account; ApiStatusError 422 for a life that is too short or too long."""
    spec = bodies.parse_object(*body, REQUEST).get("spec") or {}
    life = spec.get("expirationSeconds", DEFAULT_SECONDS)
    if life < LEAST_SECONDS:
        wrong = invalid_value("spec.expirationSeconds", life, "may not specify a duration less than 10 minutes")
        raise invalid(REQUEST, call.name, [wrong])
    if life > MOST_SECONDS:
        wrong = invalid_value("spec.expirationSeconds", life, "may not specify a duration larger than 2^32 seconds")
        raise invalid(REQUEST, call.name, [wrong])
    until = world.clock.now() + life
    token = f"{ACCOUNT}{call.namespace}:{call.name}:{int(until)}"
    token_spec = {"audiences": spec.get("audiences") or [AUDIENCE], "expirationSeconds": life}
    meta = {"name": call.name, "namespace": call.namespace, "creationTimestamp": rfc3339(world.clock.now())}
    head = {"kind": "TokenRequest", "apiVersion": REQUEST.api_version, "metadata": meta}
    status = {"token": token, "expirationTimestamp": rfc3339(until)}
    return respond(head | {"spec": token_spec | {"boundObjectRef": spec.get("boundObjectRef")}, "status": status}, 201)


def review_token(world: World, spec: Obj) -> Obj:
    """The status of a TokenReview."""
    try:
        user = user_of_token(world, spec.get("token", ""))
    except ApiStatusError:
        return {"user": {}, "error": "[invalid bearer token, token lookup failed]"}
    where = user.name.removeprefix(ACCOUNT).split(":")
    account = world.objects.get("ServiceAccount", *where) if user.name.startswith(ACCOUNT) else None
    user_info = user.info | ({"uid": account["metadata"]["uid"]} if account else {})
    return {"authenticated": True, "user": user_info, "audiences": [AUDIENCE]}
