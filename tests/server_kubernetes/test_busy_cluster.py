"""An API server that is busy for a while: its own words for that are no refusal, and what they hide is a gap."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.contract import refusals
from mcp_servers.contract.facts import Coverage
from mcp_servers.contract.refusals import Refusal
from tests.server_kubernetes.live_shop import LiveShop, preview

pytestmark = pytest.mark.anyio
WEB = {"namespace": "shop", "kind": "Deployment", "name": "web"}
STATUS = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "etcd leader changed"}


class Busy:
    """In front of an API: the first `most` of the requests that are `meant` get its Status with this code."""

    def __init__(self, app: ASGIApp, matches: Callable[[str, str], bool], code: int, most: int) -> None:
        self._app, self._meant, self._code, self.left = app, matches, code, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.left and scope["type"] == "http" and self._meant(scope["method"], scope["path"]):
            self.left -= 1
            await JSONResponse({**STATUS, "code": self._code}, self._code)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_patch(method: str, path: str) -> bool:
    return method == "PATCH"


def is_list_of_services(method: str, path: str) -> bool:
    return method == "GET" and path.endswith("/services")


@pytest.mark.parametrize(("code", "error_code"), [(503, "server_error"), (500, "server_error"), (429, "throttled")])
async def test_a_dry_run_that_the_api_server_is_too_busy_for_is_unavailable_and_not_refused(
    shop: LiveShop, code: int, error_code: str
) -> None:
    shop.through(lambda app: Busy(app, is_patch, code, 100))
    async with shop.client() as client:
        answer = await preview(client, "kubectl_rollout_restart", WEB)
    refusal = refusals.of_content(answer.structured_content)
    assert isinstance(refusal, Refusal) and (refusal.kind, refusal.code) == ("unavailable", error_code)
    assert refusal.is_transient


async def test_a_dry_run_is_sent_again_as_a_question_is(shop: LiveShop) -> None:
    busy = shop.through(lambda app: Busy(app, is_patch, 503, 2))
    async with shop.client() as client:
        answer = await preview(client, "kubectl_rollout_restart", WEB)
    assert not answer.is_error and busy.left == 0


async def test_a_list_that_a_preview_could_not_have_for_a_while_is_asked_for_by_a_later_one(shop: LiveShop) -> None:
    shop.through(lambda app: Busy(app, is_list_of_services, 503, 100))
    async with shop.client() as client:
        answer = await preview(client, "kubectl_rollout_restart", WEB)
    assert answer.structured_content is not None
    coverage = [Coverage.model_validate(entry) for entry in answer.structured_content["coverage"]]
    assert [(part.state, part.code) for part in coverage if part.is_transient] == [("unavailable", "server_error")]
