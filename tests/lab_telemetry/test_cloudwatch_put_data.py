from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lab_telemetry.conftest import START, Lab


def at(offset: float) -> datetime:
    return datetime.fromtimestamp(START + offset, UTC)


@pytest.mark.parametrize(
    ("datum", "problem"),
    [
        ({"Value": 1.0, "Timestamp": at(-15 * 86_400)}, "must specify a time within the past two weeks"),
        ({"Value": 1.0, "Timestamp": at(3 * 3_600)}, "no more than two hours in the future"),
        ({}, "At least one of the parameters must be specified"),
        ({"Value": 1.0, "Values": [1.0]}, "mutually exclusive"),
        ({"Values": [1.0] * 151}, "must not have a size greater than 150"),
        ({"Values": [1.0, 2.0], "Counts": [1.0]}, "must be of the same size"),
        ({"Value": 1e300}, "is invalid"),
        ({"Value": 1.0, "StorageResolution": 5}, "StorageResolution"),
        ({"Value": 1.0, "Dimensions": [{"Name": "a", "Value": " "}]}, "Dimensions.member.1.Value"),
    ],
)
def test_a_datum_that_is_not_accepted_is_named_and_nothing_is_stored(
    lab: Lab, datum: dict[str, Any], problem: str
) -> None:
    client = lab.client("cloudwatch")
    with pytest.raises(ClientError, match=problem) as refused:
        client.put_metric_data(
            Namespace="Mine", MetricData=[{"MetricName": "A", "Value": 1.0}, {"MetricName": "A"} | datum]
        )
    assert "MetricData.member.2" in str(refused.value)
    assert client.list_metrics()["Metrics"] == []


def test_a_request_holds_a_thousand_metrics_and_no_more(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    data = [{"MetricName": f"m{number}", "Value": 1.0} for number in range(1001)]
    with pytest.raises(ClientError, match="must not have a size greater than 1000"):
        client.put_metric_data(Namespace="Mine", MetricData=data)
    client.put_metric_data(Namespace="Mine", MetricData=data[:1000])
    listing = client.list_metrics()
    assert (len(listing["Metrics"]), bool(listing["NextToken"])) == (500, True)


def test_namespaces_of_aws_are_not_written_to(lab: Lab) -> None:
    with pytest.raises(ClientError, match="AWS/EC2"):
        lab.client("cloudwatch").put_metric_data(Namespace="AWS/EC2", MetricData=[{"MetricName": "A", "Value": 1.0}])


def test_standard_resolution_keeps_the_minute_and_high_resolution_the_second(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    for name, resolution in (("usual", 60), ("fine", 1)):
        datum = {"MetricName": name, "Value": 1.0, "Timestamp": at(45), "StorageResolution": resolution}
        client.put_metric_data(Namespace="Mine", MetricData=[datum])
    queries = [
        {"Id": name, "MetricStat": {"Metric": {"Namespace": "Mine", "MetricName": name}, "Period": 10, "Stat": "Sum"}}
        for name in ("usual", "fine")
    ]
    answer = client.get_metric_data(MetricDataQueries=queries, StartTime=at(0), EndTime=at(60))
    times = [result["Timestamps"][0].timestamp() - START for result in answer["MetricDataResults"]]
    assert times == [0.0, 40.0]


def test_only_what_was_active_in_the_last_three_hours_is_listed_when_asked(lab: Lab) -> None:
    lab.world.metrics.put("Mine", "quiet", {}, START - 4 * 3_600, 1.0)
    lab.world.metrics.put("Mine", "busy", {}, START - 3_600, 1.0)
    client = lab.client("cloudwatch")
    assert [m["MetricName"] for m in client.list_metrics(RecentlyActive="PT3H")["Metrics"]] == ["busy"]
    assert len(client.list_metrics()["Metrics"]) == 2
