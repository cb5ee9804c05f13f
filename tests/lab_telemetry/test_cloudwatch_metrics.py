from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lab_telemetry.conftest import START, Lab


def at(offset: float) -> datetime:
    return datetime.fromtimestamp(START + offset, UTC)


def stat(name: str, metric: str, statistic: str = "Sum", period: int = 60, **more: Any) -> dict[str, Any]:
    where = {"Namespace": "Test", "MetricName": metric}
    return {"Id": name, "MetricStat": {"Metric": where, "Period": period, "Stat": statistic}, **more}


def read(lab: Lab, *queries: dict[str, Any], **more: Any) -> dict[str, list[float]]:
    """Values by label of the returned queries, oldest first, over the first five minutes."""
    answer = lab.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries), StartTime=at(0), EndTime=at(300), ScanBy="TimestampAscending", **more
    )
    return {result["Label"]: result["Values"] for result in answer["MetricDataResults"]}


def compute(lab: Lab, expression: str, *inputs: dict[str, Any]) -> list[float]:
    return read(lab, *inputs, {"Id": "e1", "Expression": expression})["e1"]


def put(lab: Lab, metric: str, values: list[float | None], period: float = 60, count: float = 1.0) -> None:
    for place, value in enumerate(values):
        if value is not None:
            lab.world.metrics.put("Test", metric, {}, START + place * period, value, count=count)


A, B = stat("a", "A", ReturnData=False), stat("b", "B", ReturnData=False)


def test_statistics_weigh_each_value_by_its_count(lab: Lab) -> None:
    lab.client("cloudwatch").put_metric_data(
        Namespace="Test",
        MetricData=[{"MetricName": "A", "Values": [10.0, 100.0], "Counts": [98.0, 2.0], "Timestamp": at(5)}],
    )
    names = ["Sum", "Average", "Minimum", "Maximum", "SampleCount", "p50", "p99", "tm98"]
    values = read(lab, *(stat(f"m{i}", "A", n, Label=n) for i, n in enumerate(names)))
    assert values == {
        "Sum": [1180.0],
        "Average": [11.8],
        "Minimum": [10.0],
        "Maximum": [100.0],
        "SampleCount": [100.0],
        "p50": [10.0],
        "p99": [100.0],
        "tm98": [10.0],
    }


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("p90", 9.0),
        ("tm90", 5.0),
        ("wm90", 5.4),
        ("tc90", 9.0),
        ("ts90", 45.0),
        ("TM(10%:90%)", 5.5),
        ("TM(2:4)", 3.5),
        ("TM(:2)", 1.5),
        ("WM(3:8)", 5.5),
        ("TC(2:9)", 7.0),
        ("TS(8:)", 19.0),
        ("PR(:3)", 30.0),
        ("PR(3:5)", 20.0),
        ("IQM", 5.5),
    ],
)
def test_statistics_of_a_part_of_the_observations(lab: Lab, statistic: str, value: float) -> None:
    put(lab, "A", [float(number) for number in range(1, 11)], period=6)
    assert read(lab, stat("m", "A", statistic, Label="x")) == {"x": [pytest.approx(value)]}


@pytest.mark.parametrize("statistic", ["p101", "PR(10%:20%)", "TM(1:2%)", "TM(:)", "Median", "tm"])
def test_a_statistic_that_there_is_none_of_is_refused(lab: Lab, statistic: str) -> None:
    with pytest.raises(ClientError, match="not supported"):
        read(lab, stat("m", "A", statistic))


def test_percentiles_are_not_told_where_values_are_negative_or_hidden_in_a_statistic_set(lab: Lab) -> None:
    put(lab, "A", [-1.0, 3.0])
    item = {"SampleCount": 4.0, "Sum": 20.0, "Minimum": 1.0, "Maximum": 9.0}
    data = [{"MetricName": "B", "StatisticValues": item, "Timestamp": at(0)}]
    lab.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=data)
    assert read(lab, stat("a", "A", "p50", Label="a"), stat("b", "B", "p50", Label="b")) == {"a": [3.0], "b": []}
    assert read(lab, stat("b", "B", "Average", Label="b")) == {"b": [5.0]}


def test_fine_datapoints_are_forgotten_before_coarse_ones(lab: Lab) -> None:
    day = 86_400.0
    for age in (1 / 48, 1.0, 20.0, 100.0, 500.0):
        lab.world.metrics.put("Test", "A", {}, START - age * day, 1.0)

    def observed(period: int) -> int:
        answer = lab.client("cloudwatch").get_metric_data(
            MetricDataQueries=[stat("m", "A", period=period)], StartTime=at(-600 * day), EndTime=at(0)
        )
        return len(answer["MetricDataResults"][0]["Values"])

    assert [observed(period) for period in (10, 60, 300, 3600)] == [1, 2, 3, 4]


def test_statistic_sets_keep_their_sum_and_extremes(lab: Lab) -> None:
    item = {"SampleCount": 4.0, "Sum": 20.0, "Minimum": 1.0, "Maximum": 9.0}
    data = [{"MetricName": "A", "StatisticValues": item, "Timestamp": at(0)}]
    lab.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=data)
    values = read(lab, *(stat(f"m{i}", "A", n, Label=n) for i, n in enumerate(["Sum", "Minimum", "Maximum"])))
    assert values == {"Sum": [20.0], "Minimum": [1.0], "Maximum": [9.0]}


def test_periods_below_a_minute_resolve_what_a_minute_sums_up(lab: Lab) -> None:
    put(lab, "A", [1, 2, 3, 4, 5, 6], period=10)
    values = read(lab, stat("s", "A", period=10, Label="10 s"), stat("m", "A", Label="60 s"))
    assert values == {"10 s": [1, 2, 3, 4, 5, 6], "60 s": [21]}


def test_get_metric_statistics_gives_percentiles_beside_plain_statistics(lab: Lab) -> None:
    put(lab, "A", [1.0, 2.0, 3.0], period=10)
    answer = lab.client("cloudwatch").get_metric_statistics(
        Namespace="Test",
        MetricName="A",
        StartTime=at(0),
        EndTime=at(60),
        Period=60,
        Statistics=["Sum", "Average"],
        ExtendedStatistics=["p90"],
    )
    point = answer["Datapoints"][0]
    assert (point["Sum"], point["Average"], point["ExtendedStatistics"]) == (6.0, 2.0, {"p90": 3.0})


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("100 * a / (a + b)", [10.0, 25.0]),
        ("-a + b", [8.0, 4.0]),
        ("a > 1 AND b < 7", [0.0, 1.0]),
        ("IF(a >= 2, b, 0)", [0.0, 6.0]),
        ("SUM([a, b])", [10.0, 8.0]),
        ("MAX(METRICS())", [9.0, 6.0]),
        ("AVG(METRICS('a')) + 0", [1.0, 2.0]),
        ("DIFF(b)", [-3.0]),
        ("RATE(b)", [-0.05]),
        ("a - AVG(a)", [-0.5, 0.5]),
    ],
)
def test_metric_math(lab: Lab, expression: str, values: list[float]) -> None:
    put(lab, "A", [1.0, 2.0])
    put(lab, "B", [9.0, 6.0])
    assert compute(lab, expression, A, B) == pytest.approx(values)


@pytest.mark.parametrize(
    ("how", "values"), [("0", [4, 0, 8, 0, 0]), ("REPEAT", [4, 4, 8, 8, 8]), ("LINEAR", [4, 6, 8])]
)
def test_fill_closes_the_gaps_of_a_series(lab: Lab, how: str, values: list[float]) -> None:
    put(lab, "A", [4.0, None, 8.0])
    assert compute(lab, f"FILL(a, {how})", A) == values


def test_a_division_by_zero_leaves_no_point(lab: Lab) -> None:
    put(lab, "A", [1.0, 2.0])
    put(lab, "B", [0.0, 4.0])
    assert compute(lab, "a / b", A, B) == [0.5]


def test_search_finds_the_series_of_a_schema(lab: Lab) -> None:
    for service in ("cart", "pay"):
        lab.world.metrics.put("Shop/Services", "RequestCount", {"Service": service}, START, 7.0)
    lab.world.metrics.put("Shop/Services", "Latency", {"Service": "cart"}, START, 7.0)
    expression = "SEARCH('{Shop/Services,Service} MetricName=\"RequestCount\" NOT pay', 'Sum', 60)"
    assert read(lab, {"Id": "e1", "Expression": expression}) == {"RequestCount cart": [7.0]}


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("INSIGHT_RULE_METRIC('rule', 'Sum')", "INSIGHT_RULE_METRIC"),
        ("a + nothing", "nothing"),
        ("a +", "Unexpected end"),
        ("SELECT AVG(A) FROM Test", "Metrics Insights"),
        ("SEARCH('A OR', 'Sum', 60)", "a term is expected"),
    ],
)
def test_what_metric_math_does_not_know_is_refused_by_name(lab: Lab, expression: str, problem: str) -> None:
    with pytest.raises(ClientError, match=problem) as refused:
        compute(lab, expression, A)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_long_answers_come_in_pages(lab: Lab) -> None:
    put(lab, "A", [1, 2, 3])
    put(lab, "B", [4, 5])
    client, values, token = lab.client("cloudwatch"), [], None
    while True:
        answer = client.get_metric_data(
            MetricDataQueries=[stat("a", "A"), stat("b", "B")],
            StartTime=at(0),
            EndTime=at(300),
            ScanBy="TimestampAscending",
            MaxDatapoints=2,
            **({"NextToken": token} if token else {}),
        )
        values.append([(r["Id"], r["Values"], r["StatusCode"]) for r in answer["MetricDataResults"]])
        token = answer.get("NextToken")
        if not token:
            break
    assert values == [
        [("a", [1, 2], "PartialData")],
        [("a", [3], "Complete"), ("b", [4], "PartialData")],
        [("b", [5], "Complete")],
    ]


def test_metrics_are_listed_by_dimension_and_prometheus_is_not_among_them(lab: Lab) -> None:
    lab.world.metrics.put("Test", "A", {"Service": "cart"}, START, 1.0)
    lab.world.metrics.put("Test", "A", {"Service": "pay"}, START, 1.0)
    lab.world.metrics.put("prometheus", "up", {}, START, 1.0)
    client = lab.client("cloudwatch")
    metrics = client.list_metrics(Dimensions=[{"Name": "Service", "Value": "pay"}])["Metrics"]
    assert metrics == [{"Namespace": "Test", "MetricName": "A", "Dimensions": [{"Name": "Service", "Value": "pay"}]}]
    assert {m["Namespace"] for m in client.list_metrics()["Metrics"]} == {"Test"}
