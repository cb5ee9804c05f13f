from __future__ import annotations

import math

import pytest
from starlette.requests import Request
from starlette.responses import Response

from mcp_servers.prometheus.connection.alertmanager import Alertmanager
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.prometheus.server import build
from mcp_servers.serving.tool_table import tool_table
from tests.server_prometheus.serving import (
    START,
    WINDOW,
    Answering,
    Series,
    ask,
    failure,
    matrix,
    refusal,
    structure,
    success,
)

pytestmark = pytest.mark.anyio
ERRORS = {"__name__": "errors", "namespace": "shop", "pod": "web-1"}
SHIFT = [2.0] * 30 + [40.0] * 30  # at 11:30


def answering(window: dict[str, list[Series]], history: list[Series] | None = None) -> Answering:
    """The series of an expression in the window, and those of the day before and the window in steps of 5 minutes."""

    def answer(request: Request) -> Response:
        promql = request.query_params["query"]
        if request.query_params["step"] == "300":
            return matrix(*(history or []), start=START - 86_400, step=300)
        return matrix(*window.get(promql, []))

    return answer


def codes(answer: dict[str, object]) -> list[str]:
    observations = answer["observations"]
    assert isinstance(observations, list)
    return [observation["code"] for observation in observations]


async def test_a_shift_of_the_level_is_told_with_its_onset_and_its_pod() -> None:
    answer = structure(
        await ask(answering({"errors": [(ERRORS, SHIFT)]}), "prometheus_analyze", promql="errors", **WINDOW)
    )
    [changed] = answer["observations"]
    assert (changed["code"], changed["subject"]) == ("metric.level_changed", "prod|Pod/shop/web-1")
    assert changed["attributes"]["onset"] == "2026-03-01T11:30:00Z"
    assert "2, then 40 from 2026-03-01T11:30:00Z" in answer["text"]


async def test_a_moment_beyond_everything_of_the_day_before_is_a_spike() -> None:
    usual = [10.0 + math.sin(n) for n in range(300)]
    usual[294] = 60.0
    within = [10.0] * 60
    responder = answering({"errors": [(ERRORS, within)]}, [(ERRORS, usual)])
    answer = structure(await ask(responder, "prometheus_analyze", promql="errors", **WINDOW))
    spike = next(observation for observation in answer["observations"] if observation["code"] == "metric.spiked")
    assert spike["attributes"]["side"] == "above" and spike["at"] == "2026-03-01T11:30:00Z"
    assert spike["attributes"]["value"] > spike["attributes"]["greatest"]


async def test_a_steady_rise_says_when_it_meets_the_limit_asked_about_and_makes_no_fact_of_it() -> None:
    rising = [50.0 + n / 2 for n in range(60)]
    responder = answering({"disk": [({"__name__": "disk"}, rising)]})
    answer = structure(await ask(responder, "prometheus_analyze", promql="disk", limit=94.5, history_days=0, **WINDOW))
    trending = next(observation for observation in answer["observations"] if observation["code"] == "metric.trending")
    assert trending["attributes"]["per_hour"] == 30 and not {"limit", "reaches"} & trending["attributes"].keys()
    assert "meets 94.5 at 2026-03-01T12:29:00Z" in answer["text"]


async def test_a_value_beyond_a_limit_that_a_caller_makes_up_is_not_saturated() -> None:
    responder = answering({"disk": [({"__name__": "disk"}, [40.0] * 60)]})
    answer = structure(await ask(responder, "prometheus_analyze", promql="disk", limit=5, history_days=0, **WINDOW))
    assert "metric.saturated" not in [observation["code"] for observation in answer["observations"]]


async def test_others_that_moved_are_told_in_the_order_of_their_onsets() -> None:
    early = [1.0] * 25 + [20.0] * 35
    window: dict[str, list[Series]] = {
        "errors": [(ERRORS, SHIFT)],
        "cpu": [({"__name__": "cpu", "namespace": "shop", "deployment": "db"}, early)],
        "calm": [({"__name__": "calm"}, [5.0] * 60)],
    }
    answer = structure(
        await ask(answering(window), "prometheus_analyze", promql="errors", others=["cpu", "calm", "none"], **WINDOW)
    )
    neighbours = [observation for observation in answer["observations"] if observation["code"] == "metric.moved_with"]
    assert [observation["subject"] for observation in neighbours] == ["prod|Deployment/shop/db"]
    assert neighbours[0]["attributes"]["lag_seconds"] == -300
    assert [entry["looked_at"] for entry in answer["coverage"]] == ["errors", "cpu", "calm", "none"]


async def test_history_that_cannot_be_read_is_a_gap_and_no_failure() -> None:
    inner = answering({"errors": [(ERRORS, SHIFT)]})

    def refusing(request: Request) -> Response:
        if request.query_params["step"] == "300":
            return failure(503, "timeout", "query timed out in expression evaluation")
        return inner(request)

    answer = structure(await ask(refusing, "prometheus_analyze", promql="errors", **WINDOW))
    assert codes(answer) == ["metric.level_changed"]
    assert [entry["state"] for entry in answer["coverage"]] == ["complete", "unavailable"]


async def test_no_series_is_missing_data_and_near_names_are_offered() -> None:
    answer = structure(await ask(answering({}), "prometheus_analyze", promql="errors", **WINDOW))
    assert codes(answer) == ["metric.missing"]

    def names(request: Request) -> Response:
        if request.url.path.endswith("/label/__name__/values"):
            return success(["http_requests_total", "up"])
        return success({"resultType": "vector", "result": []})

    none = structure(await ask(names, "prometheus_query", promql="rate(http_request_total[5m]) / up"))
    assert "There is no metric http_request_total. Similar names: http_requests_total." in none["text"]


async def test_ten_thousand_series_stay_within_the_bounds_and_the_rest_is_counted() -> None:
    series: list[Series] = [({"__name__": "m", "pod": f"a-long-name-of-a-pod-{n}"}, [1.0, 1.0]) for n in range(10_000)]
    answer = structure(await ask(lambda _: matrix(*series), "prometheus_analyze", promql="m", history_days=0, **WINDOW))
    assert answer["left_out"] == {"series": 9_990} and answer["coverage"][0]["state"] == "truncated"
    vector = {"resultType": "vector", "result": [{"metric": labels, "value": [START, "1"]} for labels, _ in series]}
    listing = structure(await ask(lambda _: success(vector), "prometheus_query", promql="m"))
    assert listing["left_out"]["results"] + len(listing["data"]["results"]) == 10_000


async def test_more_other_expressions_than_can_be_asked_are_refused() -> None:
    message = refusal(await ask(answering({}), "prometheus_analyze", promql="up", others=["up"] * 21, **WINDOW))
    assert "[bad_request]" in message and "at most 20" in message


async def test_the_readme_shows_the_tools_that_are_there() -> None:
    from pathlib import Path

    import mcp_servers.prometheus

    readme = (Path(mcp_servers.prometheus.__file__).parent / "README.md").read_text(encoding="utf-8")
    server = build(Prometheus("http://127.0.0.1:9"), "", Alertmanager("http://127.0.0.1:9"))
    assert await tool_table(server) in readme
