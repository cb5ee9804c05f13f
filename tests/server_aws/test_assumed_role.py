"""Roles of other accounts: assumed once for each incident, under its name, renewed in time, and told when refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from mcp import Client
from mcp_types import RequestParamsMeta
from starlette.requests import Request
from starlette.responses import Response

from mcp_servers.contract.calls import INCIDENT
from mcp_servers.contract.facts import Answer
from mcp_servers.serving import on_behalf
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.aws_role import Role
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.server import ToolServer
from tests.server_aws.wire import serving_app

pytestmark = pytest.mark.anyio
ROLE = Role("arn:aws:iam::444455556666:role/sre-reader", "an-external-id")
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_KEY = re.compile(r"Credential=([^/]+)/")


class Sts:
    """Assumes any role for who knows the external id; its keys are called after the session that they are for."""

    def __init__(self, lasts: timedelta = timedelta(hours=1)) -> None:
        self.sessions: list[str] = []
        self.callers: list[str] = []
        self._lasts = lasts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        form = dict(await request.form())
        key = _KEY.search(request.headers["authorization"])
        assert key is not None
        answer = self._assume(form, key[1]) if form["Action"] == "AssumeRole" else self._identity(key[1])
        headers = {"date": "Mon, 23 Nov 2026 10:00:00 GMT"}
        await Response(answer, 200 if "Error" not in answer else 403, headers, "text/xml")(scope, receive, send)

    def _assume(self, form: dict[str, Any], key: str) -> str:
        assert key == "testing", "the server's own identity assumes"
        if form.get("ExternalId") != ROLE.external_id:
            return f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Code>AccessDenied</Code></Error></ErrorResponse>'
        self.sessions.append(form["RoleSessionName"])
        until = (datetime.now(UTC) + self._lasts).isoformat()
        return f"""<AssumeRoleResponse xmlns="{NAMESPACE}"><AssumeRoleResult><Credentials>
            <AccessKeyId>of-{form["RoleSessionName"]}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
            <SessionToken>t</SessionToken><Expiration>{until}</Expiration></Credentials></AssumeRoleResult>
            </AssumeRoleResponse>"""

    def _identity(self, key: str) -> str:
        self.callers.append(key)
        return f"""<GetCallerIdentityResponse xmlns="{NAMESPACE}"><GetCallerIdentityResult>
            <Account>444455556666</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""


@contextmanager
def account(sts: Sts, role: Role = ROLE) -> Iterator[AwsAccount]:
    with serving_app(sts) as url:
        yield AwsAccount(region="eu-west-1", endpoint=url, role=role)


async def test_each_incident_has_a_session_of_its_own_which_is_assumed_once() -> None:
    sts = Sts()
    with account(sts) as aws:
        server = ToolServer("whoami", "Asks.")

        def whoami() -> Answer:
            """Asks who asks."""
            aws.ask("sts", "get_caller_identity")
            return Answer(text="asked", as_of=datetime.now(UTC))

        server.read(whoami)
        async with Client(server.mcp) as client:
            for incident in ("inc-1", "inc-2", "inc-1", "no name; for a session", ""):
                result = await client.call_tool(
                    "whoami", {}, meta=cast(RequestParamsMeta, {INCIDENT: incident} if incident else {})
                )
                assert not result.is_error, result.content
    assert sts.sessions == ["sre-agent-inc-1", "sre-agent-inc-2", "sre-agent"]
    assert sts.callers == [f"of-sre-agent{who}" for who in ("-inc-1", "-inc-2", "-inc-1", "", "")]


def test_what_is_assumed_is_renewed_before_it_expires() -> None:
    sts = Sts(lasts=timedelta(minutes=5))  # botocore renews what has less than ten minutes left
    with account(sts) as aws, on_behalf.of_call({INCIDENT: "inc-1"}):
        for _ in range(2):
            aws.ask("sts", "get_caller_identity")
    assert len(sts.sessions) >= 2


def test_a_role_that_may_not_be_assumed_is_told_as_the_role_and_not_as_what_was_asked() -> None:
    with account(Sts(), Role(ROLE.arn)) as aws, pytest.raises(TeachingError) as refused:
        aws.ask("cloudwatch", "describe_alarms")
    assert refused.value.kind == "denied"
    assert ROLE.arn in str(refused.value) and "sts:AssumeRole" in str(refused.value)
