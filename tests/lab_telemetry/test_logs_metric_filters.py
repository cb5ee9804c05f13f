from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab.telemetry import LogEvent
from tests.lab_telemetry.conftest import START, Lab


def put(lab: Lab, pattern: str, value: str = "1", **more: Any) -> None:
    lab.world.logs.create("/app")
    transformation = {"metricName": "m", "metricNamespace": "App", "metricValue": value, **more}
    lab.client("logs").put_metric_filter(
        logGroupName="/app", filterName="f", filterPattern=pattern, metricTransformations=[transformation]
    )


def write(lab: Lab, *lines: str, group: str = "/app") -> None:
    for place, line in enumerate(lines):
        lab.world.logs.append(group, LogEvent(START - 50 + place, "s", line))


def samples(lab: Lab, **dimensions: str) -> list[float]:
    series = lab.world.metrics.get("App", "m", dimensions)
    return [] if series is None else [value for _, value, _ in series.between(0, START + 3600)]


def test_lines_that_a_filter_takes_become_a_metric_that_cloudwatch_answers(lab: Lab) -> None:
    put(lab, "ERROR", unit="Count")
    write(lab, "ERROR one", "INFO two", "ERROR three")
    write(lab, "ERROR elsewhere", group="/other")
    result = lab.client("cloudwatch").get_metric_statistics(
        Namespace="App",
        MetricName="m",
        StartTime=START - 60,
        EndTime=START,
        Period=60,
        Statistics=["Sum"],
    )
    assert [(point["Sum"], point["Unit"]) for point in result["Datapoints"]] == [(2.0, "Count")]


def test_values_and_dimensions_are_read_from_json(lab: Lab) -> None:
    put(lab, "{ $.ms > 0 }", "$.ms", dimensions={"Path": "$.path"})
    write(lab, '{"ms": 12.5, "path": "/pay"}', '{"ms": 20, "path": "/cart"}', '{"ms": 7}', "no json")
    assert (samples(lab, Path="/pay"), samples(lab, Path="/cart"), samples(lab)) == ([12.5], [20.0], [])


def test_values_are_read_from_fields_between_spaces(lab: Lab) -> None:
    put(lab, "[ip, user, ..., status = 2*, bytes]", "$bytes")
    write(lab, '1.1.1.1 ann [01/Jan/2026] "GET / HTTP/1.1" 200 512', '1.1.1.1 bob [x] "GET /" 500 99')
    assert samples(lab) == [512.0]


def test_lines_that_a_filter_does_not_take_count_its_default(lab: Lab) -> None:
    put(lab, "ERROR", defaultValue=0)
    write(lab, "INFO", "ERROR")
    assert samples(lab) == [0.0, 1.0]


def test_container_lines_reach_a_filter_without_anybody_looking(shop: Any) -> None:
    lab = shop()
    lab.client("logs").put_metric_filter(
        logGroupName="/shop/cart",
        filterName="sold",
        filterPattern="sold",
        metricTransformations=[{"metricName": "m", "metricNamespace": "App", "metricValue": "1"}],
    )
    lab.advance(60)
    assert len(samples(lab)) == 6  # two pods, one line each 20 s


def test_filters_are_described_changed_and_deleted(lab: Lab) -> None:
    put(lab, "ERROR")
    put(lab, "WARN")
    client = lab.client("logs")
    (result,) = client.describe_metric_filters(logGroupName="/app")["metricFilters"]
    assert (result["filterName"], result["filterPattern"]) == ("f", "WARN")
    assert client.describe_metric_filters(metricName="m", metricNamespace="Other")["metricFilters"] == []
    assert client.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 1
    client.delete_metric_filter(logGroupName="/app", filterName="f")
    write(lab, "WARN")
    assert samples(lab) == []
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_metric_filter(logGroupName="/app", filterName="f")


def test_a_pattern_is_tried_on_messages(lab: Lab) -> None:
    result = lab.client("logs").test_metric_filter(
        filterPattern="[..., request = *html*, status = 4*, ]",
        logEventMessages=['1.1.1.1 - ann "GET /a.html HTTP/1.0" 404 15', '1.1.1.1 - ann "GET /b HTTP/1.0" 404 15'],
    )
    assert result["matches"] == [
        {
            "eventNumber": 1,
            "eventMessage": '1.1.1.1 - ann "GET /a.html HTTP/1.0" 404 15',
            "extractedValues": {
                "$1": "1.1.1.1",
                "$2": "-",
                "$3": "ann",
                "$request": "GET /a.html HTTP/1.0",
                "$status": "404",
                "$6": "15",
            },
        }
    ]


@pytest.mark.parametrize(
    ("pattern", "more", "problem"),
    [
        ("{ $.a = }", {}, "Invalid filter pattern"),
        ("x", {"metricValue": ""}, "lacks metricValue"),
        ("x", {"dimensions": {"A": "$.a"}, "defaultValue": 1}, "not both"),
        ("x", {"dimensions": dict.fromkeys("ABCD", "$.a")}, "at most 3 dimensions"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(lab: Lab, pattern: str, more: dict[str, Any], problem: str) -> None:
    with pytest.raises(ClientError, match=problem):
        put(lab, pattern, **more)


def test_subscriptions_are_refused_by_name(lab: Lab) -> None:
    lab.world.logs.create("/app")
    with pytest.raises(ClientError, match="does not implement CloudWatch Logs PutSubscriptionFilter"):
        lab.client("logs").put_subscription_filter(
            logGroupName="/app",
            filterName="f",
            filterPattern="",
            destinationArn="arn:aws:lambda:eu-west-1:1:function:f",
        )
