"""Amazon Managed Prometheus: every request is signed, and the signature holds where AWS's own rules are applied."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import parse_qsl, quote

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_servers.prometheus.connection.sigv4 import SigV4
from mcp_servers.prometheus.connection.workspaces import region_of
from tests.server_prometheus.serving import START, WINDOW, Answering, ask, matrix, refusal, structure, success

pytestmark = pytest.mark.anyio
SECRET, KEY, REGION = "not-a-real-secret", "AKIDEXAMPLE", "eu-west-1"
WORKSPACE = "/workspaces/ws-1"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")


def signature(request: Request, body: bytes, secret: str = SECRET) -> str:
    """What AWS computes from the request as it arrived."""
    authorization = request.headers["authorization"]
    scope, names = re.findall(r"Credential=[^/]+/([^,]+), SignedHeaders=([^,]+)", authorization)[0]
    pairs = sorted((quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in parse_qsl(request.url.query))
    canonical = "\n".join(
        [
            request.method,
            quote(request.url.path, safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{request.headers[name].strip()}" for name in names.split(";")),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    stamp = request.headers["x-amz-date"]
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def checking(answer: Response, secret: str = SECRET) -> tuple[list[str], Answering]:
    """Answers `answer` to well-signed requests and 403 to others; remembers what was asked."""
    requests: list[str] = []

    def answering(request: Request) -> Response:
        signatures = re.findall(r"Signature=(\w+)", request.headers.get("authorization", ""))
        requests.append(f"{request.method} {request.url.path} {request.headers.get('authorization', '')}")
        if signatures != [signature(request, request.scope["form"], secret)]:
            return JSONResponse({"message": "The request signature we calculated does not match"}, 403)
        return answer

    return requests, answering


VECTOR = {"resultType": "vector", "result": [{"metric": {"__name__": "up"}, "value": [START, "1"]}]}


async def test_a_query_is_signed_for_the_service_and_the_region() -> None:
    requests, answering = checking(success(VECTOR))
    awkward = 'sum by (pod) (rate(http_requests_total{code=~"5..|4.+", path="/a b/ü~"}[5m])) * 1e+3'
    result = await ask(answering, "prometheus_query", auth=SigV4(REGION), base=WORKSPACE, promql=awkward)
    assert structure(result)["data"]["results"] == [{"series": "up", "value": "1"}]
    assert f"/{REGION}/aps/aws4_request" in requests[0] and f"GET {WORKSPACE}/api/v1/query " in requests[0]


async def test_a_long_query_is_posted_and_its_form_is_signed_too() -> None:
    requests, answering = checking(matrix(({"__name__": "up"}, [1.0] * 60)))
    promql = 'up{pod=~"' + "|".join(f"pod-{n}" for n in range(400)) + '"}'
    result = await ask(answering, "prometheus_query_range", auth=SigV4(REGION), promql=promql, **WINDOW)
    assert structure(result)["observations"][0]["code"] == "metric.steady"
    assert requests[0].startswith("POST /api/v1/query_range")


async def test_selectors_and_the_alertmanager_are_signed_as_well() -> None:
    _, answering = checking(success([{"__name__": "up", "job": "a"}]))
    window = {name: WINDOW[name] for name in ("start", "end")}
    listing = await ask(answering, "prometheus_series", auth=SigV4(REGION), selector='up{job="a"}', **window)
    assert structure(listing)["data"]["series"] == ['up{job="a"}']
    _, answering = checking(JSONResponse([], headers={"date": "Sun, 01 Mar 2026 12:00:00 GMT"}))
    quiet = await ask(answering, "alertmanager_silences", auth=SigV4(REGION), filter=['alertname="X"'])
    assert structure(quiet)["data"]["silences"] == []


async def test_a_refusal_names_the_missing_permission() -> None:
    _, answering = checking(success(VECTOR), secret="another")
    message = refusal(await ask(answering, "prometheus_query", auth=SigV4(REGION), promql="up"))
    assert "[denied]" in message and "Allow aps:QueryMetrics" in message


async def test_without_credentials_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    requests, answering = checking(success(VECTOR))
    message = refusal(await ask(answering, "prometheus_query", auth=SigV4(REGION), promql="up"))
    assert "[denied]" in message and "no AWS credentials" in message and requests == []


def test_the_address_of_a_workspace_tells_its_region() -> None:
    assert region_of("https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1") == "eu-west-1"
    assert region_of("http://prometheus:9090") == ""
