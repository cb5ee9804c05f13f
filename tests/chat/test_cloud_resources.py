"""Questions about AWS resources by their names: how they do, why they fail, their logs, and what cannot be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from sre_lab.process import LabProcess
from tests.chat.cloud_world import account
from tests.chat.conftest import Talk, talking
from tests.labs import standing_lab

ALARM = {
    "Namespace": "AWS/Lambda", "MetricName": "Duration", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1,
    "Threshold": 100.0, "ComparisonOperator": "GreaterThanThreshold",
    "Dimensions": [{"Name": "FunctionName", "Value": "invoice-renderer"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def post_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    folder = tmp_path_factory.mktemp("post")
    (folder / "world.json").write_text(json.dumps(account()))
    with standing_lab(folder / "world.json", folder / "lab") as lab:
        _alarm(lab)
        yield lab


@pytest.fixture(scope="module")
def post(post_lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking(post_lab, tmp_path_factory.mktemp("state")) as talk:
        yield talk


def _alarm(lab: LabProcess) -> None:
    client = boto3.client(
        "cloudwatch", endpoint_url=lab.endpoints.aws, region_name=lab.endpoints.region,
        aws_access_key_id="lab", aws_secret_access_key="lab",
    )  # fmt: skip
    client.put_metric_alarm(AlarmName="invoices-slow", **ALARM)
    client.set_alarm_state(AlarmName="invoices-slow", StateValue="ALARM", StateReason="by hand")


CASES = [
    ("is label-printer healthy?", ["^Yes: Function/label-printer is healthy", "Invocations 1[12].., 0 failed"]),
    ("is the label-printer function ok", ["^Yes"]),
    ("is label-printer failing?", ["^No: Function/label-printer is healthy"]),
    ("why does label-printer fail?", ["^That is not so: Function/label-printer is healthy"]),
    ("why does refund-mailer fail?", ["^Function refund-mailer does not finish in time", "after 3 s", "timed out"]),
    ("what is wrong with lambda refund-mailer", ["does not finish in time"]),
    ("is refund-mailer healthy", ["^No: Function refund-mailer does not finish in time"]),
    ("is thumbnailer healthy", ["^Yes: Function/thumbnailer has recovered"]),
    ("is stock-import healthy", ["^Unknown: nothing shows", "has no data", "metrics of function stock"]),
    ("is year-end-report healthy", ["^Unknown", "no AWS/Lambda metric with FunctionName=year-end-report"]),
    ("is invoice-renderer healthy", ["^No: ", "invoices-slow|firing"]),
    ("is queue parcels ok", ["^Yes: Queue/parcels is healthy"]),
    ("is the parcels table healthy", ["^Yes: Table/parcels is healthy", "is within its capacity"]),
    ("is printer healthy", ["Taking printer to mean Function/label-printer", "Yes"]),
    ("is function sorter healthy", ["There is no function sorter; Deployment/post/sorter is", "1 of 1"]),
    # logs
    ("show the logs of refund-mailer", ["of log group /aws/lambda/refund-mailer", "Task timed out"]),
    ("last 3 log lines of function refund-mailer", ["The last 3 of"]),
    ("errors in the logs of refund-mailer", ["18 times, is: .*Task timed out"]),
    ("how many lines in the logs of refund-mailer contain mail-relay", ["^18 of 36 lines"]),
    # what changed, metrics
    ("is there an alarm on invoice-renderer", ["^1 alarm is firing for Function/inv", "invoices-slow since"]),
    ("alarms on function label-printer", ["^No alarms are firing for Function/label-printer"]),
    ("what changed with refund-mailer", ["Errors", "Duration", "settings or its code are not visible"]),
    ("what changed with label-printer in the last hour", ["No metric of Function/label-printer changed noticeably"]),
    ("metrics of label-printer", ["Metrics of Function/label-printer", "Invocations", "Throttles"]),
    ("how many errors does refund-mailer have", [r"Errors \(Sum\): .* at most 12"]),
    ("describe function label-printer", ["Metrics of Function/label-printer"]),
    # which there are
    ("which lambda functions are there?", ["6 functions", "Function/label-printer", "Function/year-end-report"]),
    ("list queues", ["1 queues? .*Queue/parcels"]),
    ("which functions are failing", [r"Function/invoice-renderer \(invoices-slow\)", "does not prove"]),
]  # fmt: skip


@pytest.mark.parametrize(("question", "facts"), CASES, ids=[question for question, _ in CASES])
def test_an_answer_about_a_resource_has_the_facts_and_its_evidence(post: Talk, question: str, facts: list[str]) -> None:
    reply = post(question)[0]
    for fact in facts:
        assert re.search(fact, reply.text), reply.text
    assert reply.outcome == "answered" and reply.evidence
    assert set(re.findall(r"\[(E\d+)\]", reply.text)) <= {line.number for line in reply.evidence}


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("events of label-printer", "has no Kubernetes events"),
        ("who calls label-printer", "which clients use it"),
        ("can sorter reach label-printer", "security groups"),
        ("compare label-printer with thumbnailer", "only objects in the cluster"),
        ("show the logs of queue parcels", "writes no logs that can be read here"),
        ("what image does label-printer use", "its settings are not read"),
    ],
)
def test_what_cannot_be_asked_of_a_resource_is_said_with_what_can(post: Talk, question: str, sentence: str) -> None:
    reply = post(question)[0]
    assert reply.outcome == "cannot" and sentence in reply.text
    assert 'You can ask: "is ' in reply.text


def test_a_near_miss_is_offered(post: Talk) -> None:
    reply = post("why does label-pritner fail")[0]
    assert reply.outcome == "not_found" and "Function/label-printer" in reply.choices


def test_a_name_of_two_resources_is_asked_and_the_offered_words_are_understood(post: Talk) -> None:
    choice, reply = post("is parcels healthy?", "is Queue/parcels healthy?")
    assert choice.outcome == "choice" and choice.choices == ["Table/parcels", "Queue/parcels"]
    assert reply.text.startswith("Yes: Queue/parcels is healthy")


def test_a_name_of_a_workload_and_a_resource_is_asked_unless_only_one_can_be_meant(post: Talk) -> None:
    choice, pods, table, again = post(
        "is sorter healthy?", "how many replicas does sorter have", "is table sorter ok", "is sorter healthy?"
    )
    assert choice.outcome == "choice" and choice.choices == ["Deployment/post/sorter", "Table/sorter"]
    assert "1 of 1" in pods.text
    assert table.text.startswith("Yes: Table/sorter")
    assert "Taken to mean Table/sorter; Deployment/post/sorter exists too." in again.text


def test_what_was_talked_about_is_meant_by_it(post: Talk) -> None:
    _, logs, why = post("is label-printer healthy", "show its logs", "why is it failing")
    assert "printed 40 labels" in logs.text
    assert why.text.startswith("That is not so: Function/label-printer")


def test_a_workload_is_found_as_before_beside_the_account(post: Talk) -> None:
    assert post("is counter healthy")[0].text.startswith("Yes: 1 of 1 replicas of Deployment/post/counter")


def test_where_aws_is_out_of_reach_workloads_are_told_and_other_names_are_not_said_to_be_nothing(
    post_lab: LabProcess, tmp_path: Path
) -> None:
    with talking(post_lab, tmp_path, aws_endpoint_url="http://127.0.0.1:9") as talk:
        workload, other, function = talk(
            "is counter healthy", "is label-printer healthy", "is function label-printer healthy"
        )
    assert workload.text.startswith("Yes: 1 of 1 replicas of Deployment/post/counter")
    assert other.outcome == "not_found"
    assert "Whether AWS has a resource of that name could not be looked up." in other.text
    assert function.outcome == "unavailable" and "127.0.0.1:9" in function.text
