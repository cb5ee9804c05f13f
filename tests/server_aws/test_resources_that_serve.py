"""When the metrics of a resource show that its requests are served, and when they show no such thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from mcp_servers.serving.aws import AwsAccount
from tests.server_aws.asking import call
from tests.server_aws.cloudwatch_world import WINDOW, CloudWatch
from tests.server_aws.wire import Wire

pytestmark = pytest.mark.anyio
NAME = {"FunctionName": "resize"}
HOUR = 60
Values = Sequence[float | None]


@pytest.fixture
def world(wire: Wire) -> CloudWatch:
    return CloudWatch(wire)


def function(
    world: CloudWatch, runs: Values, errors: Values, throttles: Values | None = None, duration: float = 120
) -> None:
    world.put("AWS/Lambda", "Invocations", runs, **NAME)
    world.put("AWS/Lambda", "Errors", errors, **NAME)
    world.put("AWS/Lambda", "Throttles", throttles or [None if one is None else 0.0 for one in runs], **NAME)
    world.put("AWS/Lambda", "Duration", [None if one is None else duration for one in runs], **NAME)


async def observations_of(account: AwsAccount, kind: str = "Function", name: str = "resize") -> dict[str, Any]:
    answer = await call(account, "analyze_resource", kind=kind, name=name, **WINDOW)
    return {observation["code"]: observation["attributes"] for observation in answer["observations"]}


async def test_a_function_that_runs_without_errors_serves(account: AwsAccount, world: CloudWatch, wire: Wire) -> None:
    wire.now += timedelta(minutes=2)  # everything of the last minute has come
    function(world, [50.0] * HOUR, [0.0] * HOUR)
    traffic = (await observations_of(account))["requests.served"]
    assert (traffic["metric"], traffic["count"], traffic["failed"]) == ("Invocations", 3000, 0)
    assert traffic["last"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(
    ("runs", "errors", "throttles"),
    [
        ([50.0] * 60, [0.0] * 30 + [9.0] * 30, None),
        ([50.0] * 60, [20.0] * 60, None),
        ([50.0] * 60, [0.0] * 60, [0.0] * 40 + [30.0] * 20),
        ([50.0] * 30 + [None] * 30, [0.0] * 30 + [None] * 30, None),
        ([0.0] * 60, [0.0] * 60, None),
        ([50.0] * 60, ([0.0] * 9 + [40.0]) * 6, None),
        ([50.0] * 60, ([0.0] * 9 + [40.0]) * 5 + [0.0] * 10, None),
        ([], [], None),
    ],
    ids=[
        "runs began to fail", "a part has always failed", "refused", "silent for half an hour", "never run",
        "fails now and then, now", "fails now and then, just not now", "no data",
    ],
)  # fmt: skip
async def test_a_function_that_fails_or_is_silent_is_not_shown_to_serve(
    account: AwsAccount, world: CloudWatch, runs: Values, errors: Values, throttles: Values | None
) -> None:
    world.put("AWS/Lambda", "Invocations", [1.0] * HOUR, FunctionName="another")
    if runs:
        function(world, runs, errors, throttles)
        assert "requests.served" not in await observations_of(account)
    else:
        world.put("AWS/Lambda", "Invocations", [None] * HOUR, **NAME)
        assert set(await observations_of(account)) == {"metric.missing"}


async def test_a_few_failures_as_ever_do_not_speak_against_it(account: AwsAccount, world: CloudWatch) -> None:
    function(world, [900.0] * HOUR, [1.0, 0.0, 2.0, 1.0, 0.0, 1.0] * 10)
    traffic = (await observations_of(account))["requests.served"]
    assert 0 < traffic["share"] < 1


async def test_a_function_that_runs_every_ten_minutes_serves_between_its_runs(
    account: AwsAccount, world: CloudWatch
) -> None:
    runs: Values = [1.0 if minute % 10 == 2 else None for minute in range(HOUR)]
    function(world, runs, [None if one is None else 0.0 for one in runs])
    assert (await observations_of(account))["requests.served"]["count"] == 6


@pytest.mark.parametrize("before", [[0.0] * 10 + [30.0] * 20, [30.0] * 30], ids=["a peak", "since before the window"])
async def test_failures_that_are_over_are_told_as_back_to_normal_beside_what_is_served(
    account: AwsAccount, world: CloudWatch, before: Values
) -> None:
    function(world, [50.0] * HOUR, [*before, *[0.0] * 30])
    observations = await observations_of(account)
    assert observations["requests.served"]["failed"] > 0 == observations["requests.served"]["late"]
    assert "metric.level_changed" not in observations
    assert observations["metric.back_to_normal"]["metric"] == "Errors"
    assert observations["metric.back_to_normal"]["recovered"] == "2026-03-01T11:30:00Z"


async def test_a_third_more_load_is_no_event_and_three_times_as_much_is(account: AwsAccount, world: CloudWatch) -> None:
    function(world, [30.0] * 30 + [40.0] * 30, [0.0] * HOUR)
    assert "metric.within_bounds" in await observations_of(account)
    function(world, [30.0] * 30 + [90.0] * 30, [0.0] * HOUR)
    assert {"traffic.surged", "metric.level_changed"} <= set(await observations_of(account))


async def test_a_load_balancer_serves_by_the_same_rule(account: AwsAccount, world: CloudWatch) -> None:
    dims = {"LoadBalancer": "app/web/0123abcd"}
    world.put("AWS/ApplicationELB", "RequestCount", [700.0] * HOUR, **dims)
    world.put("AWS/ApplicationELB", "TargetResponseTime", [0.1] * HOUR, **dims)
    assert (await observations_of(account, "LoadBalancer", "web"))["requests.served"]["metric"] == "RequestCount"
    world.put("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", [None] * 40 + [90.0] * 20, **dims)
    assert "requests.served" not in await observations_of(account, "LoadBalancer", "web")


async def test_a_queue_measured_last_long_ago_is_not_worked_off(account: AwsAccount, world: CloudWatch) -> None:
    for metric, value in (("ApproximateNumberOfMessagesVisible", 0.0), ("ApproximateAgeOfOldestMessage", 0.0)):
        world.put("AWS/SQS", metric, [value] * 30, QueueName="mail")
    assert "queue.worked_off" not in await observations_of(account, "Queue", "mail")
    for metric, value in (("ApproximateNumberOfMessagesVisible", 0.0), ("ApproximateAgeOfOldestMessage", 0.0)):
        world.put("AWS/SQS", metric, [value] * HOUR, QueueName="mail")
    assert "queue.worked_off" in await observations_of(account, "Queue", "mail")
