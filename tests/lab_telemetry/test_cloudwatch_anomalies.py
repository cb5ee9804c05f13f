from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab import scenario
from sre_lab.aws.cloudwatch import alarms
from tests.lab_telemetry.conftest import START, Lab

DAY, HOUR = 86_400.0, 3_600.0
M1: dict[str, Any] = {
    "Id": "m1",
    "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": "Load"}, "Period": 300, "Stat": "Sum"},
}


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def daily(lab: Lab, days: float, *, period: float = 300, slope: float = 0.0) -> None:
    """A load that follows the hour of the day, with a small and regular unrest, up to now."""
    steps = int(days * DAY / period)
    for step in range(steps):
        at = lab.now - (steps - step) * period
        value = 100 + 50 * math.sin(2 * math.pi * (at % DAY // HOUR) / 24) + slope * (at - START) / DAY + step % 7 - 3
        lab.world.metrics.put("Shop", "Load", {}, at, value)


def band(lab: Lab, start: float, end: float, width: float = 2) -> tuple[list[float], list[float], list[float]]:
    """(values, upper, lower), oldest first."""
    answer = lab.client("cloudwatch").get_metric_data(
        MetricDataQueries=[M1, {"Id": "ad1", "Expression": f"ANOMALY_DETECTION_BAND(m1, {width})"}],
        StartTime=moment(start),
        EndTime=moment(end),
        ScanBy="TimestampAscending",
    )
    values, upper, lower = (result["Values"] for result in answer["MetricDataResults"])
    return values, upper, lower


def test_a_band_follows_the_hours_of_the_day_and_holds_what_is_usual(lab: Lab) -> None:
    daily(lab, 14)
    values, upper, lower = band(lab, START - DAY, START, 3)
    inside = sum(low <= value <= high for value, high, low in zip(values, upper, lower, strict=True))
    assert inside / len(values) > 0.95
    assert max(upper) - min(upper) > 80
    assert max(high - low for high, low in zip(upper, lower, strict=True)) < 40


def test_a_band_is_as_wide_as_asked(lab: Lab) -> None:
    daily(lab, 3)
    widths = [band(lab, START - HOUR, START, width) for width in (1, 4)]
    narrow, wide = (upper[0] - lower[0] for _, upper, lower in widths)
    assert wide == pytest.approx(4 * narrow)


def test_a_trend_goes_on(lab: Lab) -> None:
    daily(lab, 10, slope=20.0)
    values, upper, lower = band(lab, START - HOUR, START)
    middle = [(high + low) / 2 for high, low in zip(upper, lower, strict=True)]
    assert middle == pytest.approx(values, abs=10)


def test_a_band_knows_nothing_of_what_comes_after(lab: Lab) -> None:
    daily(lab, 5)
    before = band(lab, START - HOUR, START)[1:]
    for step in range(12):
        lab.world.metrics.put("Shop", "Load", {}, START - 1 + step * 300, 9_000.0)
    assert band(lab, START - HOUR, START - 300)[1:] == tuple(bounds[:-1] for bounds in before)


def test_an_outage_in_the_past_does_not_widen_the_band(lab: Lab) -> None:
    daily(lab, 7)
    calm = band(lab, START - HOUR, START)
    for step in range(24):
        lab.world.metrics.put("Shop", "Load", {}, START - 2 * DAY + step * 300, 5_000.0)
    lab.client("cloudwatch").put_anomaly_detector(Namespace="Shop", MetricName="Load", Stat="Sum")  # trains anew
    assert band(lab, START - HOUR, START)[1] == pytest.approx(calm[1], rel=0.1)


def test_excluded_ranges_are_not_learnt_from(lab: Lab) -> None:
    daily(lab, 1)
    for step in range(200):
        lab.world.metrics.put("Shop", "Load", {}, START - DAY + step * 300, 9_000.0)
    client, metric = lab.client("cloudwatch"), {"Namespace": "Shop", "MetricName": "Load", "Stat": "Sum"}
    assert band(lab, START - 600, START)[1][0] > 1_000
    outage = {"StartTime": moment(START - DAY), "EndTime": moment(START - DAY + 200 * 300)}
    client.put_anomaly_detector(SingleMetricAnomalyDetector=metric, Configuration={"ExcludedTimeRanges": [outage]})
    assert band(lab, START - 600, START)[1][0] < 1_000


def test_without_enough_of_a_past_there_is_no_band_and_training_is_pending(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    metric = {"Namespace": "Shop", "MetricName": "Load", "Stat": "Sum"}
    detector = client.put_anomaly_detector(**metric)["AnomalyDetectorId"]
    daily(lab, 0.02)
    assert band(lab, START - HOUR, START)[1:] == ([], [])

    def state() -> str:
        (result,) = client.describe_anomaly_detectors(Namespace="Shop")["AnomalyDetectors"]
        assert (result["AnomalyDetectorId"], result["SingleMetricAnomalyDetector"]["Stat"]) == (detector, "Sum")
        return str(result["StateValue"])

    assert state() == "PENDING_TRAINING"
    lab.advance(4 * HOUR)
    assert state() == "TRAINED_INSUFFICIENT_DATA"
    daily(lab, 1)
    assert state() == "TRAINED"
    client.delete_anomaly_detector(SingleMetricAnomalyDetector=metric)
    assert client.describe_anomaly_detectors()["AnomalyDetectors"] == []
    with pytest.raises(ClientError, match="does not exist"):
        client.delete_anomaly_detector(**metric)


def test_an_expression_can_have_a_detector_too(lab: Lab) -> None:
    client = lab.client("cloudwatch")
    queries = [{**M1, "ReturnData": False}, {"Id": "e1", "Expression": "m1 * 2"}]
    client.put_anomaly_detector(MetricMathAnomalyDetector={"MetricDataQueries": queries})
    daily(lab, 1)
    assert client.describe_anomaly_detectors()["AnomalyDetectors"] == []
    (result,) = client.describe_anomaly_detectors(AnomalyDetectorTypes=["METRIC_MATH"])["AnomalyDetectors"]
    assert result["StateValue"] == "TRAINED"
    assert result["MetricMathAnomalyDetector"]["MetricDataQueries"][1]["Expression"] == "m1 * 2"


def test_first_and_last_of_a_band_are_its_upper_and_lower_bound(lab: Lab) -> None:
    daily(lab, 1)
    queries: list[dict[str, Any]] = [{**M1, "ReturnData": False}]
    for name, side in (("up", "FIRST"), ("down", "LAST")):
        queries.append({"Id": name, "Expression": f"{side}(ANOMALY_DETECTION_BAND(m1))"})
    answer = lab.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=moment(START - HOUR), EndTime=moment(START)
    )
    up, down = (result["Values"][0] for result in answer["MetricDataResults"])
    assert up > down


def test_an_anomaly_alarm_goes_off_outside_the_band_in_cloudwatchs_words(lab: Lab) -> None:
    daily(lab, 3, period=60)
    client = lab.client("cloudwatch")
    metric = {**M1, "MetricStat": {**M1["MetricStat"], "Period": 60}}
    client.put_metric_alarm(
        AlarmName="odd",
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        ComparisonOperator="LessThanLowerOrGreaterThanUpperThreshold",
        ThresholdMetricId="ad1",
        Metrics=[metric, {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)", "Label": "Load (expected)"}],
    )
    assert len(client.describe_anomaly_detectors()["AnomalyDetectors"]) == 1
    lab.world.metrics.put("Shop", "Load", {}, START + 5, 101.0)
    lab.world.metrics.put("Shop", "Load", {}, START + 65, 900.0)
    lab.advance(62)
    assert client.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"
    lab.advance(60)
    alarm = client.describe_alarms()["MetricAlarms"][0]
    data = json.loads(alarm["StateReasonData"])
    (low,), (high,) = data["recentLowerThresholds"], data["recentUpperThresholds"]
    assert alarm["StateReason"] == (
        f"Thresholds Crossed: 1 out of the last 1 datapoints [900.0 (01/01/26 00:01:00)] was less than the lower "
        f"thresholds [{low}] or greater than the upper thresholds [{high}] (minimum 1 datapoint for OK -> ALARM "
        "transition)."
    )
    assert "threshold" not in data
    metrics = alarms.event(lab.world, "odd")["detail"]["configuration"]["metrics"]
    assert [(m["id"], m["returnData"]) for m in metrics] == [("m1", True), ("ad1", True)]


def test_an_anomaly_alarm_without_a_model_has_no_data(lab: Lab) -> None:
    spec = scenario.AlarmSpec(
        name="odd", metric_namespace="Shop", metric="Load", band_width=2.0, comparison="GreaterThanUpperThreshold"
    )
    alarms.create_alarm(lab.world, spec.model_copy(update={"treat_missing_data": "missing"}))
    lab.client("cloudwatch").set_alarm_state(AlarmName="odd", StateValue="OK", StateReason="a drill")
    lab.world.metrics.put("Shop", "Load", {}, START + 5, 900.0)
    lab.advance(12)
    assert lab.client("cloudwatch").describe_alarms()["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"
