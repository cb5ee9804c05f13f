"""The Prometheus server, through MCP, in front of Prometheus's HTTP API."""

from __future__ import annotations

import sys
from contextlib import closing

import pytest
from mcp import Client, StdioServerParameters, stdio_client
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.prometheus.server import build
from tests.server_prometheus.serving import START, WINDOW, ask, failure, matrix, refusal, serving, structure, success

pytestmark = pytest.mark.anyio
ALERT = {
    "labels": {"alertname": "HighErrorRate", "namespace": "shop", "deployment": "web", "severity": "critical"},
    "annotations": {"summary": "web answers with errors"},
    "state": "firing",
    "activeAt": "2026-03-01T11:50:00.5Z",
    "value": "4.2e-01",
}


async def test_a_series_that_left_its_level_is_told_about_its_pod() -> None:
    labels = {"__name__": "restarts", "namespace": "shop", "pod": "web-1"}
    answer = structure(
        await ask(
            lambda _: matrix((labels, [0.0] * 40 + [5.0] * 20)), "prometheus_query_range", promql="restarts", **WINDOW
        )
    )
    [changed] = answer["observations"]
    assert changed["code"] == "metric.level_changed" and changed["subject"] == "prod|Pod/shop/web-1"
    assert changed["attributes"]["onset"] == "2026-03-01T11:40:00Z"
    assert answer["as_of"] == "2026-03-01T12:00:00Z"


async def test_values_that_are_no_numbers_do_not_count() -> None:
    nan = float("nan")
    answer = structure(
        await ask(lambda _: matrix(({}, [nan] * 30 + [1.0] * 30)), "prometheus_query_range", promql="a / b", **WINDOW)
    )
    assert answer["observations"][0]["code"] == "metric.steady"


async def test_an_empty_range_is_missing_data_and_an_empty_query_is_no_zero() -> None:
    empty = structure(await ask(lambda _: matrix(), "prometheus_query_range", promql="nothing", **WINDOW))
    assert [o["code"] for o in empty["observations"]] == ["metric.missing"]
    none = structure(
        await ask(lambda _: success({"resultType": "vector", "result": []}), "prometheus_query", promql="nothing")
    )
    assert none["data"]["results"] == [] and "not zero" in none["text"]


async def test_more_series_than_are_judged_are_counted() -> None:
    series = [({"__name__": "m", "i": str(i)}, [1.0] * 60) for i in range(50)]
    answer = structure(await ask(lambda _: matrix(*series), "prometheus_query_range", promql="m", **WINDOW))
    assert len(answer["observations"]) == 20 and answer["left_out"] == {"series": 30}
    assert answer["coverage"][0]["state"] == "truncated"


async def test_a_query_passes_its_moment_and_its_token_on() -> None:
    request_fields: dict[str, str] = {}

    def answering(request: Request) -> Response:
        request_fields.update(request.query_params, authorization=request.headers["authorization"])
        return success({"resultType": "vector", "result": [{"metric": {"__name__": "up"}, "value": [START, "1"]}]})

    answer = structure(
        await ask(answering, "prometheus_query", token="open", promql="up", at="2026-03-01T12:00:00+01:00")
    )
    assert request_fields == {"query": "up", "time": "2026-03-01T11:00:00Z", "authorization": "Bearer open"}
    assert answer["data"]["results"] == [{"series": "up", "value": "1"}]


@pytest.mark.parametrize(
    ("of_the_condition", "of_what_it_measures", "code"),
    [(["0.4"], ["0.4"], "condition.met"), ([], ["0.01"], "condition.not_met"), ([], [], "metric.missing")],
)
async def test_a_condition_holds_does_not_or_has_no_data(
    of_the_condition: list[str], of_what_it_measures: list[str], code: str
) -> None:
    def answering(request: Request) -> Response:
        values = of_the_condition if ">" in request.query_params.get("query", "") else of_what_it_measures
        return success({"resultType": "vector", "result": [{"metric": {}, "value": [START, v]} for v in values]})

    answer = structure(await ask(answering, "prometheus_query", promql='ratio{service="cart"} > 0.05'))
    [observation] = answer["observations"]
    assert observation["code"] == code
    assert code == "metric.missing" or observation["attributes"]["expression"] == 'ratio{service="cart"} > 0.05'


async def test_a_firing_alert_tells_what_it_watches_and_a_pending_one_is_not_firing() -> None:
    pending = ALERT | {"state": "pending"}
    answer = structure(await ask(lambda _: success({"alerts": [pending, ALERT]}), "prometheus_alerts"))
    [firing] = answer["observations"]
    assert firing["code"] == "alarm.firing" and firing["attributes"]["value"] == 0.42
    assert firing["attributes"]["since"] == "2026-03-01T11:50:00Z"
    assert [relation["target"] for relation in answer["relations"]] == ["prod|Deployment/shop/web"]


async def test_a_wrong_expression_is_answered_with_what_is_wrong() -> None:
    error = 'invalid parameter "query": 1:9: parse error: unclosed left parenthesis'
    message = refusal(await ask(lambda _: failure(400, "bad_data", error), "prometheus_query", promql="sum(rate("))
    assert "[bad_request]" in message and "1:9: parse error" in message and "[5m]" in message


async def test_a_timeout_a_refusal_and_a_foreign_server_are_told_apart() -> None:
    slow = refusal(await ask(lambda _: failure(503, "timeout", "query timed out"), "prometheus_query", promql="up"))
    assert "[unavailable]" in slow and "shorter window" in slow
    denied = refusal(await ask(lambda _: PlainTextResponse("no", 401), "prometheus_query", promql="up"))
    assert "[denied]" in denied and "PROMETHEUS_TOKEN" in denied
    foreign = refusal(await ask(lambda _: PlainTextResponse("hello"), "prometheus_query", promql="up"))
    assert "[unavailable]" in foreign and "points to Prometheus" in foreign


async def test_a_warning_of_prometheus_makes_the_answer_partial() -> None:
    data = {"resultType": "vector", "result": []}
    answer = structure(
        await ask(lambda _: success(data, warnings=["store-1 is down"]), "prometheus_query", promql="up")
    )
    assert answer["coverage"][0] | {"looked_at": ""} == {
        "looked_at": "",
        "state": "partial",
        "start": None,
        "end": None,
        "detail": "store-1 is down",
    }


async def test_nobody_listening_is_unavailable() -> None:
    with closing(Prometheus("http://127.0.0.1:9")) as prometheus:
        async with Client(build(prometheus).mcp) as client:
            assert "[unavailable]" in refusal(await client.call_tool("prometheus_alerts", {}))


@pytest.mark.parametrize(("step", "wrong"), [("soon", "not a duration"), ("0.1s", "longer step")])
async def test_a_step_that_cannot_be_meant_is_refused_before_asking(step: str, wrong: str) -> None:
    message = refusal(await ask(lambda _: matrix(), "prometheus_query_range", promql="up", **WINDOW | {"step": step}))
    assert "[bad_request]" in message and wrong in message


async def test_it_runs_as_a_process_over_stdio_with_read_only_tools(true_start: None) -> None:
    with serving(lambda _: success({"alerts": [ALERT]})) as url:
        command = StdioServerParameters(command=sys.executable, args=["-m", "mcp_servers.prometheus", "--url", url])
        async with Client(stdio_client(command)) as client:
            tools = (await client.list_tools()).tools
            answer = structure(await client.call_tool("prometheus_alerts", {}))
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
    assert answer["data"]["firing"] == 1
