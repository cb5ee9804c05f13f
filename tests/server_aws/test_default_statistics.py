"""The statistic that a metric is read by where nobody names one: told with the answer, and fit for the metric."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mcp_servers.cloudwatch.reads.default_statistics import default_statistic
from mcp_servers.serving.aws import AwsAccount
from sre_lab.aws import api
from sre_lab.scenario import ClusterSpec
from sre_lab.world import World, new_world
from tests.server_aws.asking import call
from tests.server_aws.wire import serving_app

END = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()
ERRORS = {"namespace": "Shop", "metric": "Errors", "dimensions": {"Service": "web"}}


@pytest.fixture
def world() -> World:
    return new_world(ClusterSpec(), END, 1)


@pytest.fixture
def account(world: World) -> Iterator[AwsAccount]:
    with serving_app(api.app(world)) as url:
        yield AwsAccount(region="eu-west-1", endpoint=url)


@pytest.mark.parametrize(
    ("namespace", "metric", "statistic"),
    [
        ("Shop", "Errors", "Sum"),
        ("Shop", "request_count", "Sum"),
        ("AWS/Lambda", "Invocations", "Sum"),
        ("AWS/DynamoDB", "ReadThrottleEvents", "Sum"),
        ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum"),
        ("AWS/EC2", "CPUUtilization", "Average"),
        ("AWS/RDS", "FreeStorageSpace", "Average"),
        ("AWS/ApplicationELB", "HealthyHostCount", "Average"),
        ("AWS/RDS", "DatabaseConnections", "Average"),
        ("AWS/Lambda", "Duration", "p99"),
        ("AWS/ApplicationELB", "TargetResponseTime", "p99"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"),
        ("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", "Average"),
        ("Shop", "CheckoutLatency", "Maximum"),
    ],
)
def test_the_default_follows_what_the_metric_is(namespace: str, metric: str, statistic: str) -> None:
    assert default_statistic(namespace, metric) == statistic


@pytest.mark.anyio
@pytest.mark.parametrize("tool", ["get_metric", "analyze_metric"])
async def test_counts_are_summed_and_the_answer_says_that_nobody_asked_for_it(
    world: World, account: AwsAccount, tool: str
) -> None:
    for minute in range(60):
        for _ in range(3):
            world.metrics.put("Shop", "Errors", {"Service": "web"}, END - 3600 + 60 * minute, 2.0)
    by_default = await call(account, tool, **ERRORS, start="-1h")
    assert by_default["data"]["metric"]["statistic"] == "Sum" and by_default["data"]["summary"]["last"] == 6
    assert "Sum was used, the default for Errors" in by_default["text"]
    by_request = await call(account, tool, **ERRORS, start="-1h", end="now", statistic="Average")
    assert by_request["data"]["summary"]["last"] == 2 and "was used" not in by_request["text"]


@pytest.mark.anyio
async def test_a_sum_is_compared_with_what_was_usual_in_periods_of_the_same_length(
    world: World, account: AwsAccount
) -> None:
    for minute in range(25 * 60):
        world.metrics.put("Shop", "Errors", {"Service": "web"}, END - 25 * 3600 + 60 * minute, 2.0 + minute % 3)
    answer = await call(account, "analyze_metric", **ERRORS, history_days=1)
    assert answer["data"]["usual"]["mean"] == pytest.approx(answer["data"]["summary"]["mean"], rel=0.1)
    assert "metric.spiked" not in {one["code"] for one in answer["observations"]}


@pytest.mark.anyio
async def test_relative_times_are_told_by_the_clock_of_the_service(world: World, account: AwsAccount) -> None:
    answer = await call(account, "get_metric", **ERRORS, start="-30m", end="-10m")
    window = answer["coverage"][0]
    assert (window["start"], window["end"]) == ("2026-03-01T11:30:00Z", "2026-03-01T11:50:00Z")
