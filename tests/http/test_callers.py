"""Who may do what, and whose token counts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sre_agent.http.tokens import AnyOf, OidcTokens, OwnToken
from tests.http.conftest import Site

pytestmark = pytest.mark.anyio
AUDIENCE, CLAIM = "client-1", "cognito:groups"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

LEAST_ROLE = [
    ("GET", "/incidents", "viewer"),
    ("GET", "/queue", "viewer"),
    ("GET", "/costs", "viewer"),
    ("GET", "/metrics", "viewer"),
    ("GET", "/sessions", "viewer"),
    ("POST", "/incidents", "operator"),
    ("POST", "/sweeps", "operator"),
    ("POST", "/invocations", "operator"),
    ("POST", "/incidents/inc-1/decision", "approver"),
    ("POST", "/incidents/inc-1/cancel", "admin"),
    ("POST", "/queue/message/redrive", "admin"),
    ("DELETE", "/queue/message", "admin"),
]
ROLES = ["viewer", "operator", "approver", "admin"]


@pytest.mark.parametrize(("method", "path", "least"), LEAST_ROLE)
async def test_each_request_takes_its_role(site: Site, method: str, path: str, least: str) -> None:
    for role in ROLES:
        answer = await site.ask(method, path, role, json={"choice": "approve"} if method == "POST" else None)
        allowed = ROLES.index(role) >= ROLES.index(least)
        assert (answer.status_code == 403) is not allowed, (role, answer.text)
    nobody = await site.ask(method, path, "nobody")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")


async def test_every_address_is_covered_but_those_that_need_no_caller(site: Site) -> None:
    free = {"/health", "/ready", "/ping"}
    paths_of_service = (await site.http.get("/openapi.json")).json()["paths"]
    for path, methods in paths_of_service.items():
        for method in methods:
            answer = await site.http.request(
                method, path.replace("{source}", "pager").replace("{", "").replace("}", "")
            )
            assert (answer.status_code != 401) is (path in free), (method, path, answer.status_code)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """An OIDC issuer on loopback that serves its public key."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    body = json.dumps({"keys": [{**public, "kid": "key-1", "use": "sig", "alg": "RS256"}]}).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: Any) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def token(issuer: str, key: Any = KEY, **changed: Any) -> str:
    claims = {"iss": issuer, "sub": "u-1", "aud": AUDIENCE, "exp": 4_000_000_000, CLAIM: ["staff", "approver"]}
    claims = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "key-1"})


def tokens_of(issuer: str) -> OidcTokens:
    return OidcTokens(issuer, AUDIENCE, CLAIM, f"{issuer}/.well-known/jwks.json")


async def test_a_signed_token_gives_the_highest_role_among_its_groups(issuer: str) -> None:
    caller = await tokens_of(issuer).caller(token(issuer, email="ada@example.com"))
    assert caller is not None and (caller.name, caller.role) == ("ada@example.com", "approver")
    cognito = await tokens_of(issuer).caller(token(issuer, aud=None, client_id=AUDIENCE))
    assert cognito is not None and cognito.name == "u-1"


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": 1_600_000_000},
        {"exp": None},
        {"iss": "https://somebody.else"},
        {"aud": "another-client"},
        {"aud": None},
        {CLAIM: ["staff"]},
        {CLAIM: None},
        {"key": OTHER_KEY},
    ],
)
async def test_any_other_token_is_nobodys(issuer: str, changed: dict[str, Any]) -> None:
    assert await tokens_of(issuer).caller(token(issuer, **changed)) is None


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_a_token_without_a_signature_of_the_issuer_is_nobodys(issuer: str, algorithm: str) -> None:
    claims = {"iss": issuer, "sub": "u-1", "aud": AUDIENCE, "exp": 4_000_000_000, CLAIM: ["admin"]}
    key = None if algorithm == "none" else "a shared secret that the attacker knows"
    forgery = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "key-1"})  # type: ignore[arg-type]
    assert await tokens_of(issuer).caller(forgery) is None
    assert await tokens_of(issuer).caller("not a token") is None


async def test_the_service_s_own_token_may_do_everything_and_no_other_does(issuer: str) -> None:
    callers = AnyOf([OwnToken("the-token-of-this-run"), tokens_of(issuer)])
    own = await callers.caller("the-token-of-this-run")
    assert own is not None and own.role == "admin"
    assert await callers.caller("the-token-of-this-ru") is None
    assert await callers.caller("") is None
