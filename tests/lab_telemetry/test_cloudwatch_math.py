from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lab_telemetry.conftest import START, Lab

QUERIES = [
    {"Id": name, "MetricStat": {"Metric": {"Namespace": "Test", "MetricName": name}, "Period": 60, "Stat": "Sum"}}
    for name in ("a", "b", "c")
]


def put(lab: Lab, **series: list[float | None]) -> None:
    for name, values in series.items():
        for place, value in enumerate(values):
            if value is not None:
                lab.world.metrics.put("Test", name, {}, START + place * 60, value)


def results(lab: Lab, expression: str, **more: Any) -> list[tuple[str, list[float]]]:
    """(label, values) of what an expression over a, b and c comes to, oldest first, in the first five minutes."""
    label = more.pop("Label", None)
    request = {"Id": "e1", "Expression": expression, **({"Label": label} if label else {})}
    answer = lab.client("cloudwatch").get_metric_data(
        MetricDataQueries=[*({**query, "ReturnData": False} for query in QUERIES), request],
        StartTime=datetime.fromtimestamp(START, UTC),
        EndTime=datetime.fromtimestamp(START + 300, UTC),
        ScanBy="TimestampAscending",
        **more,
    )
    return [(result["Label"], result["Values"]) for result in answer["MetricDataResults"]]


def values(lab: Lab, expression: str) -> list[float]:
    (only,) = results(lab, expression)
    return only[1]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a < b", [0, 0, 1, 0]),
        ("a >= 30", [1, 0, 0, 0]),
        ("a > 15 AND b > 15", [1, 0, 0, 0]),
        ("a > 15 OR b > 15", [1, 1, 1, 0]),
        ("a - b", [10, 20, -20, 0]),
        ("a / b", [1.5, 0.0]),
        ("AVG([a, b])", [25, 10, 10, 0]),
        ("SUM([a, b])", [50, 20, 20, 0]),
        ("MIN([a, b])", [20, 20, 0, 0]),
        ("DATAPOINT_COUNT([a, b])", [2, 1, 2, 1]),
    ],
)
def test_of_two_series_one_that_has_no_point_counts_as_zero(lab: Lab, expression: str, expected: list[float]) -> None:
    put(lab, a=[30, 20, 0, 0], b=[20, None, 20, None])
    assert values(lab, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(a, b, c)", [30, 0, 20]),
        ("IF(a, 5, c)", [5, 5, 20]),
        ("IF(a, b, 5)", [30, 0, 5, 5]),
        ("IF(a, b)", [30, 0]),
        ("IF(1, b, c)", [30, 0, 0, 30]),
        ("IF(SUM(a) > 5, b, c)", [0, 0, 20, 20]),
    ],
)
def test_if_chooses_between_series_and_numbers(lab: Lab, expression: str, expected: list[float]) -> None:
    put(lab, a=[1, 1, 0, 0, None], b=[30, None, 0, 0, 30], c=[0, 0, 20, None, 20])
    assert values(lab, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("DIFF_TIME(a)", [60, 120]),
        ("RUNNING_SUM(a)", [1, 101, 10_101]),
        ("LOG10(a)", [0, 2, 4]),
        ("LOG(a) * 0", [0, 0, 0]),
        ("LOG(a - 1) * 0", [0, 0]),
        ("a / (a - 100)", [-1 / 99, 10_000 / 9_900]),
        ("(a * 0 - 1) ^ 0.5 + a", [1, 100, 10_000]),
        ("CEIL(a / 3) + FLOOR(a / 3)", [1, 67, 6_667]),
        ("a * 0 + PERIOD(a)", [60, 60, 60]),
        ("a * 0 + DATAPOINT_COUNT(a)", [3, 3, 3]),
        ("TIME_SERIES(MAX(a))", [10_000] * 5),
        ("MINUTE(a)", [0, 1, 2, 3, 4]),
        ("HOUR(a) + DATE(a) + MONTH(a)", [2] * 5),
        ("IF(DAY(a) == 4, YEAR(a))", [2026] * 5),
        ("EPOCH(a) - TIME_SERIES(MIN(EPOCH(a)))", [0, 60, 120, 180, 240]),
        ("-a ^ 2 + a / STDDEV(a) * 0", [1, 10_000, 100_000_000]),
        ("a * METRIC_COUNT(METRICS())", [3, 300, 30_000]),
    ],
)
def test_functions_of_one_series(lab: Lab, expression: str, expected: list[float]) -> None:
    put(lab, a=[1, 100, None, 10_000])
    assert values(lab, expression) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        ("SORT(METRICS(), AVG, DESC)", ["b", "a", "c"]),
        ("SORT(METRICS(), MIN, ASC, 1)", ["a"]),
        ("SLICE(SORT(METRICS(), MAX, DESC), 1)", ["a", "c"]),
        ("SLICE(SORT(METRICS(), SUM, DESC), 0, 2)", ["b", "a"]),
        ("REMOVE_EMPTY(METRICS())", ["a", "b"]),
        ("FILL(METRICS('b'), 0)", ["b"]),
    ],
)
def test_some_of_many_series(lab: Lab, expression: str, labels: list[str]) -> None:
    put(lab, a=[1, 2], b=[5, 5])
    assert [label for label, _ in results(lab, expression)] == labels


def test_first_and_last_take_one_series_out_of_many(lab: Lab) -> None:
    put(lab, a=[1, 2], b=[5, 7])
    assert values(lab, "FIRST(SORT(METRICS(), AVG, DESC)) - LAST([b, a])") == [4, 5]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("SUM(a)", "yields a number"),
        ("e1 + 1", "refers to itself"),
        ("SORT(METRICS(), MEDIAN, ASC)", "MEDIAN"),
        ("SORT(METRICS(), a, ASC)", "SORT takes"),
        ("SLICE(METRICS(), 0.5)", "whole number"),
        ("SERVICE_QUOTA(a)", "Unsupported function 'SERVICE_QUOTA'"),
        ("PERIOD(a + b)", "PERIOD takes the id"),
        ("MAX([a, 5])", "holds time series"),
        ("a + 'text'", "is a text"),
    ],
)
def test_an_expression_that_makes_no_sense_is_refused_with_the_reason(lab: Lab, expression: str, problem: str) -> None:
    with pytest.raises(ClientError, match=problem):
        results(lab, expression)


def test_two_expressions_that_refer_to_each_other_are_refused(lab: Lab) -> None:
    with pytest.raises(ClientError, match="refers to itself"):
        lab.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "x", "Expression": "y + 1"}, {"Id": "y", "Expression": "x + 1"}],
            StartTime=datetime.fromtimestamp(START, UTC),
            EndTime=datetime.fromtimestamp(START + 300, UTC),
        )


@pytest.mark.parametrize(
    ("label", "output"),
    [
        ("Errors", "Errors a"),
        ("[max: ${MAX}, ${DATAPOINT_COUNT} points] ${LABEL}", "[max: 9, 3 points] a"),
        ("${PROP('MetricName')} of ${PROP('Namespace')} each ${PROP('Period')} s", "a of Test each 60 s"),
        ("${AVG} ${SUM} ${FIRST} ${LAST} ${MIN_MAX_RANGE}", "5 15 4 2 7"),
        ("${MAX_TIME} ${MAX_TIME_RELATIVE} ${FIRST_LAST_TIME_RANGE}", "2026-01-01 01:31:00 4m 2m"),
        ("${NOTHING}", "${NOTHING}"),
    ],
)
def test_labels_are_filled_with_live_values(lab: Lab, label: str, output: str) -> None:
    put(lab, a=[4, 9, 2])
    lab.advance(300)
    request = results(lab, "REMOVE_EMPTY(METRICS())", Label=label, LabelOptions={"Timezone": "+0130"})
    assert [text for text, _ in request] == [output]


def test_the_label_of_a_single_series_is_the_querys_own(lab: Lab) -> None:
    put(lab, a=[4])
    assert results(lab, "a * 2", Label="Twice")[0][0] == "Twice"
    assert results(lab, "a * 2")[0][0] == "e1"
