"""Events to queues, notifications to topics, segments to the daemon."""

from __future__ import annotations

import json
import socket
from typing import Any

from sre_lab.aws import delivery

from .conftest import START, Aws

TRACE = "1-69559f00-0123456789abcdef01234567"


def put_event(aws: Aws, alarm: str) -> None:
    detail = {"alarmName": alarm, "state": {"value": "ALARM"}}
    delivery.put_event(aws.world, "CloudWatch Alarm State Change", "aws.cloudwatch", detail, ["arn:aws:alarm"])


def messages(aws: Aws, name: str) -> list[dict[str, Any]]:
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(m["Body"]) for m in received]


def test_an_alarm_event_arrives_in_the_alarm_queue_with_its_whole_envelope(aws: Aws) -> None:
    put_event(aws, "web-5xx")
    (event,) = messages(aws, "sre-agent-alarms")
    assert event["detail"]["alarmName"] == "web-5xx"
    assert (event["account"], event["region"], event["time"]) == ("111122223333", "eu-west-1", "2026-01-01T00:00:00Z")
    assert event["resources"] == ["arn:aws:alarm"]


def test_a_disabled_rule_passes_nothing_on_and_another_pattern_neither(aws: Aws) -> None:
    events, sqs = aws.client("events"), aws.client("sqs")
    arn = "arn:aws:sqs:eu-west-1:111122223333:others"
    sqs.create_queue(QueueName="others")
    events.put_rule(Name="others", EventPattern=json.dumps({"source": ["shop.orders"]}))
    events.put_targets(Rule="others", Targets=[{"Id": "q", "Arn": arn}])
    events.disable_rule(Name="sre-agent-alarm-state-changes")
    put_event(aws, "web-5xx")
    assert messages(aws, "others") == messages(aws, "sre-agent-alarms") == []


def test_a_rule_passes_events_to_topics_and_functions_in_the_form_that_a_target_asks_for(aws: Aws) -> None:
    events, sns, sqs = aws.client("events"), aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sqs.create_queue(QueueName="pager")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:111122223333:pager")
    function = "arn:aws:lambda:eu-west-1:111122223333:function:page"
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.cloudwatch"]}))
    targets = [{"Id": "t", "Arn": topic}, {"Id": "f", "Arn": function, "InputPath": "$.detail"}]
    paths = {"name": "$.detail.alarmName", "state": "$.detail.state"}
    template = {"InputPathsMap": paths, "InputTemplate": '{"text": "<name> changed", "name": <name>, "to": <state>}'}
    targets += [{"Id": "g", "Arn": function, "Input": '{"fixed": 1}'}]
    events.put_targets(Rule="all", Targets=[*targets, {"Id": "h", "Arn": function, "InputTransformer": template}])
    put_event(aws, "web-5xx")
    (notification,) = messages(aws, "pager")
    assert json.loads(notification["Message"])["detail"]["alarmName"] == "web-5xx"
    sent = [call.payload for call in delivery.invocations.of(aws.world)]
    assert sent == [
        {"alarmName": "web-5xx", "state": {"value": "ALARM"}},
        {"fixed": 1},
        {"text": "web-5xx changed", "name": "web-5xx", "to": {"value": "ALARM"}},
    ]


def test_a_notification_reaches_the_queue_that_subscribes_to_the_topic(aws: Aws) -> None:
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sqs.create_queue(QueueName="pager")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:111122223333:pager")
    delivery.publish(aws.world, topic, '{"AlarmName": "web-5xx"}', "ALARM")
    delivery.publish(aws.world, topic + "-gone", "{}", "ALARM")
    (notification,) = messages(aws, "pager")
    assert (notification["Subject"], json.loads(notification["Message"])["AlarmName"]) == ("ALARM", "web-5xx")


def test_segments_sent_to_the_daemon_read_back_as_one_trace(aws: Aws) -> None:
    root = {"name": "sre-agent", "id": "a" * 16, "trace_id": TRACE, "start_time": START, "end_time": START + 3}
    root |= {"annotations": {"incident_id": "INC-1", "retries": 2, "healed": True}}
    child = {**root, "name": "tool", "id": "b" * 16, "type": "subsegment", "parent_id": "a" * 16, "annotations": {}}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (
            "not a header\n{}",
            *(f'{{"format":"json","version":1}}\n{json.dumps(s)}' for s in (root, child)),
        ):
            sender.sendto(datagram.encode(), ("127.0.0.1", aws.xray_port))
    xray = aws.client("xray")
    traces: list[Any] = []
    for _ in range(100):  # a datagram has no answer to wait for; each look gives the loop a turn
        traces = xray.batch_get_traces(TraceIds=[TRACE, "1-69559f00-" + "0" * 24])["Traces"]
        if traces and len(traces[0]["Segments"]) == 2:
            break
    (trace,) = traces
    assert {json.loads(s["Document"])["name"] for s in trace["Segments"]} == {"sre-agent", "tool"}
    (summary,) = xray.get_trace_summaries(StartTime=START - 10, EndTime=START + 10)["TraceSummaries"]
    assert (summary["Id"], summary["Duration"], summary["HasFault"]) == (TRACE, 3.0, False)
    values = {key: value[0]["AnnotationValue"] for key, value in summary["Annotations"].items()}
    assert values["incident_id"] == {"StringValue": "INC-1"}
    assert values["healed"] == {"BooleanValue": True}
    assert xray.get_trace_summaries(StartTime=START + 10, EndTime=START + 20)["TraceSummaries"] == []


def test_segments_put_over_http_are_checked_one_by_one(aws: Aws) -> None:
    good = {"name": "web", "id": "c" * 16, "trace_id": TRACE, "start_time": START}
    answer = aws.client("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(good), "{", '{"id": "d"}'])
    assert [u["ErrorCode"] for u in answer["UnprocessedTraceSegments"]] == ["ParseError", "MissingField"]
    assert aws.world.segments == [good]


def test_two_labs_in_one_process_do_not_see_each_others_documents(aws: Aws) -> None:
    aws.client("ssm").create_document(
        Name="Nap",
        DocumentType="Automation",
        Content=json.dumps({"schemaVersion": "0.3", "mainSteps": [{"name": "a", "action": "aws:sleep"}]}),
    )
    other = Aws()
    try:
        assert other.client("ssm").list_documents()["DocumentIdentifiers"] == []
    finally:
        other.close()
