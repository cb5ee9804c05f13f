"""A page of a proxy in the place of a service's answer: asked over, then told for what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from kubernetes.client import ApiClient, Configuration
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from mcp_servers.contract.refusals import Refusal
from mcp_servers.kubernetes.connection.client import ClusterConnection
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.errors import TeachingError
from tests.server_aws.wire import serving_app

DATE = {"date": "Sun, 01 Mar 2026 12:00:00 GMT"}
PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
Answers = Callable[[], Response]
METHODS = ["GET", "POST", "PATCH"]


class Behind:
    """What answers: `first` so many times, then the service itself. `asked` counts."""

    def __init__(self, first: Answers, times: int, then: Answers) -> None:
        self.first, self.times, self.then, self.asked = first, times, then, 0

    async def __call__(self, request: Request) -> Response:
        self.asked += 1
        return self.first() if self.asked <= self.times else self.then()


@contextmanager
def behind(first: Answers, times: int, then: Answers) -> Iterator[tuple[str, Behind]]:
    one = Behind(first, times, then)

    async def endpoint(request: Request) -> Response:
        return await one(request)

    with serving_app(Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])) as url:
        yield url, one


def page(status: int) -> Answers:
    return lambda: HTMLResponse(PAGE, status, headers=DATE)


def text(status: int) -> Answers:
    return lambda: Response("upstream connect error", status, headers=DATE, media_type="text/plain")


def kubernetes(url: str) -> None:
    cluster = ClusterConnection("live", lambda: ApiClient(Configuration(host=url)))
    try:
        assert cluster.get("/version").body == {"gitVersion": "v1.32.0"}
    finally:
        cluster.close()


def prometheus(url: str) -> None:
    client = Prometheus(url)
    try:
        assert client.ask("query", "query('up')", query="up").data == []
    finally:
        client.close()


def aws(url: str) -> None:
    account = AwsAccount(region="eu-west-1", endpoint=url, keys=("made", "up", ""))
    assert account.ask("ssm", "list_documents")["DocumentIdentifiers"] == []


def cloudwatch(url: str) -> None:
    account = AwsAccount(region="eu-west-1", endpoint=url, keys=("made", "up", ""))
    assert account.ask("logs", "describe_log_groups")["logGroups"] == []


SERVICES: dict[Callable[[str], None], object] = {
    kubernetes: {"gitVersion": "v1.32.0"},
    prometheus: {"status": "success", "data": []},
    aws: {"DocumentIdentifiers": []},
    cloudwatch: {"logGroups": []},
}


def well(ask: Callable[[str], None]) -> Answers:
    return lambda: JSONResponse(SERVICES[ask], headers=DATE)


@pytest.mark.parametrize("ask", SERVICES)
@pytest.mark.parametrize("first", [page(502), page(200), text(200), text(500)])
def test_a_page_that_passes_is_asked_over_and_the_answer_is_the_service_s_own(
    ask: Callable[[str], None], first: Answers
) -> None:
    with behind(first, 2, well(ask)) as (url, one):
        ask(url)
    assert one.asked == 3


def refusal_of(ask: Callable[[str], None], first: Answers) -> tuple[Refusal, int, str]:
    with behind(first, 99, well(ask)) as (url, one), pytest.raises(TeachingError) as error:
        ask(url)
    return error.value.refusal, one.asked, url


@pytest.mark.parametrize("ask", SERVICES)
def test_a_page_that_stays_is_told_with_what_answered_it_and_blames_nobody_s_rights(ask: Callable[[str], None]) -> None:
    refusal, requests, url = refusal_of(ask, page(502))
    assert (refusal.kind, refusal.code, refusal.is_transient) == ("unavailable", "not_json", True)
    assert f"{url} returned an HTML page instead of JSON (502 Bad Gateway): a proxy or load balancer" in refusal.wrong
    assert "nginx" not in str(refusal) and requests == 3


@pytest.mark.parametrize("ask", SERVICES)
def test_a_page_that_says_that_there_is_nothing_is_not_asked_over(ask: Callable[[str], None]) -> None:
    refusal, requests, _ = refusal_of(ask, page(404))
    assert not refusal.is_transient and requests == 1
    assert "404 Not Found" in refusal.wrong


def test_a_write_that_a_page_answered_is_sent_once_and_stays_in_doubt() -> None:
    with behind(page(502), 99, well(kubernetes)) as (url, one):
        cluster = ClusterConnection("live", lambda: ApiClient(Configuration(host=url)))
        with pytest.raises(TeachingError) as error:
            cluster.patch("/apis/apps/v1/namespaces/shop/deployments/web", {}, "application/merge-patch+json")
        cluster.close()
    assert (error.value.kind, one.asked) == ("unavailable", 1)
