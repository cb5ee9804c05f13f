"""What a SEARCH expression finds, in CloudWatch's own examples and ours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from tests.lab_telemetry.conftest import START, Lab

METRICS = [
    ("Mine", "CustomCount1", {}),
    ("Mine", "SDBFailure", {}),
    ("Mine", "Network-Errors-2", {}),
    ("AWS/Lambda", "Errors", {"FunctionName": "ProjectA-pay"}),
    ("AWS/Lambda", "Invocations", {"FunctionName": "ProjectA-pay"}),
    ("AWS/Lambda", "Invocations", {"FunctionName": "ProjectC"}),
    ("AWS/EC2", "CPUUtilization", {"InstanceId": "i-1", "Dimension@Name": "x"}),
    ("My Space", "Traffic(Network)", {"Path": 'a\\b"c'}),
]


def search(lab: Lab, text: str) -> list[str]:
    """Labels of the series that a search finds."""
    answer = lab.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "e1", "Expression": f"SEARCH('{text}', 'Sum', 60)"}],
        StartTime=datetime.fromtimestamp(START, UTC),
        EndTime=datetime.fromtimestamp(START + 300, UTC),
    )
    return [result["Label"] for result in answer["MetricDataResults"]]


@pytest.fixture
def account(lab: Lab) -> Lab:
    for namespace, name, dimensions in METRICS:
        lab.world.metrics.put(namespace, name, dimensions, START, 1.0)
    return lab


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("{Mine} count", ["CustomCount1"]),
        ("COUNT", ["CustomCount1"]),
        ("couNT", []),
        ("CustomCount", ["CustomCount1"]),
        ("Count1", ["CustomCount1"]),
        ("count1", []),
        ("customcount1", ["CustomCount1"]),
        ("sdb", ["SDBFailure"]),
        ("network/errors", ["Network-Errors-2"]),
        ("Network_Errors", ["Network-Errors-2"]),
        ('"CustomCount1"', ["CustomCount1"]),
        ('{Mine}, "Custom"', []),
        ('"Network_Errors_2"', []),
        ('"Network-Errors-2"', ["Network-Errors-2"]),
        ('{AWS/Lambda,FunctionName} MetricName="Errors"', ["Errors ProjectA-pay"]),
        ("MetricName=Invocations NOT ProjectA", ["Invocations ProjectC"]),
        ('{"AWS/Lambda","FunctionName"} "FunctionName"=("ProjectC" OR "Other")', ["Invocations ProjectC"]),
        ('MetricName=("Errors" OR "CustomCount1")', ["Errors ProjectA-pay", "CustomCount1"]),
        ("FunctionName=(ProjectA AND NOT ProjectC) MetricName=Invocations", ["Invocations ProjectA-pay"]),
        ("Namespace=Lambda FunctionName=NOT ProjectA", ["Invocations ProjectC"]),
        ("MetricName=Invocations NOT FunctionName=(ProjectC OR x)", ["Invocations ProjectA-pay"]),
        ("{AWS/Lambda, FunctionName} Errors OR ProjectC", ["Errors ProjectA-pay", "Invocations ProjectC"]),
        (
            '{AWS/Lambda,FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND (ProjectB OR ProjectC))',
            ["Errors ProjectA-pay", "Invocations ProjectC"],
        ),
        ('{AWS/EC2, "Dimension@Name", InstanceId}', ["CPUUtilization x i-1"]),
        ("{AWS/EC2,InstanceId}", []),
        ('InstanceId=i Namespace="AWS/EC2"', ["CPUUtilization x i-1"]),
        ('{"My Space",Path} "Traffic\\(Network\\)"', ['Traffic(Network) a\\b"c']),
        ('Path="a\\\\b\\"c"', ['Traffic(Network) a\\b"c']),
        (
            "NOT Namespace=AWS NOT Namespace=Space",
            ["CustomCount1", "Network-Errors-2", "SDBFailure"],
        ),
        (":aws.AccountId = 111122223333 sdb", ["SDBFailure"]),
        (":aws.AccountId = 444455556666 sdb", []),
    ],
)
def test_a_search_finds_metrics_by_token_exact_text_property_and_schema(
    account: Lab, text: str, labels: list[str]
) -> None:
    assert search(account, text) == labels


def test_a_search_passes_over_metrics_without_data_for_two_weeks(lab: Lab) -> None:
    lab.world.metrics.put("Mine", "Fresh", {}, START - 13 * 86_400, 1.0)
    lab.world.metrics.put("Mine", "Stale", {}, START - 15 * 86_400, 1.0)
    assert search(lab, "{Mine}") == ["Fresh"]
    assert [m["MetricName"] for m in lab.client("cloudwatch").list_metrics(Namespace="Mine")["Metrics"]] == ["Fresh"]


@pytest.mark.parametrize("text", ["", "{}", "a OR", "(a", "a)", "NOT", "key=", "=a", "a AND OR b", "x" * 1025])
def test_a_search_that_cannot_be_read_is_refused(lab: Lab, text: str) -> None:
    with pytest.raises(ClientError) as refused:
        search(lab, text)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
