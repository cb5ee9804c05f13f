"""One port for all of AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import botocore.session
import httpx
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from sre_lab.telemetry import LogEvent

from .conftest import START, Aws


def test_every_service_answers_on_the_same_port_for_the_account_of_the_cluster(aws: Aws) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == "111122223333"
    assert aws.client("sqs").list_queues()["QueueUrls"][0].endswith("/111122223333/sre-agent-alarms")
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["orders"]
    assert aws.client("s3").list_buckets()["Buckets"] == []
    assert aws.client("ssm").list_documents()["DocumentIdentifiers"] == []


def test_answers_carry_the_time_of_the_lab_whoever_answers(aws: Aws) -> None:
    aws.advance(90)
    for answer in (aws.client("sqs").list_queues(), aws.client("ssm").list_documents()):
        assert answer["ResponseMetadata"]["HTTPHeaders"]["date"] == "Thu, 01 Jan 2026 00:01:30 GMT"


def test_parameters_stay_with_parameter_store_while_documents_are_the_labs(aws: Aws) -> None:
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/shop/limit", Value="3", Type="String")
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/shop/limit", Tags=[{"Key": "a", "Value": "b"}])
    assert ssm.get_parameter(Name="/shop/limit")["Parameter"]["Value"] == "3"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/shop/limit")["TagList"]
    assert tags == [{"Key": "a", "Value": "b"}]


def test_boto3_reads_metrics_and_times_over_the_json_protocol(aws: Aws) -> None:
    aws.world.metrics.put("Shop", "Errors", {"Service": "web"}, START - 30, 7.0)
    cloudwatch = aws.client("cloudwatch")
    statistics = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="Errors",
        Dimensions=[{"Name": "Service", "Value": "web"}],
        StartTime=datetime.fromtimestamp(START - 60, UTC),
        EndTime=datetime.fromtimestamp(START, UTC),
        Period=60,
        Statistics=["Sum"],
    )
    assert [(p["Timestamp"].timestamp(), p["Sum"]) for p in statistics["Datapoints"]] == [(START - 60, 7.0)]


def test_boto3_reads_log_events(aws: Aws) -> None:
    aws.world.logs.append("/shop/web", LogEvent(START - 5, "web-1", "ready"))
    answer = aws.client("logs").filter_log_events(logGroupName="/shop/web")
    assert [(e["message"], e["timestamp"]) for e in answer["events"]] == [("ready", int((START - 5) * 1000))]


def test_an_error_is_the_modelled_exception_of_its_service(aws: Aws) -> None:
    logs = aws.client("logs")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName="/nowhere")


@pytest.mark.parametrize(
    ("service", "method"), [("xray", "get_groups"), ("cloudwatch", "list_dashboards"), ("logs", "list_anomalies")]
)
def test_an_operation_that_nobody_implements_is_named_in_a_json_error(aws: Aws, service: str, method: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(aws.client(service), method)()
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"
    assert "does not implement" in refused.value.response["Error"]["Message"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


UNKNOWN: dict[tuple[str, str, str], dict[str, Any]] = {  # by operation and the code that AWS has for it
    ("dynamodb", "list_contributor_insights", "UnknownOperationException"): {},
    ("ec2", "describe_instance_connect_endpoints", "InvalidAction"): {},
    ("rds", "describe_integrations", "InvalidAction"): {},
    ("lambda", "list_code_signing_configs", "UnknownOperationException"): {},
    ("route53", "list_cidr_collections", "UnknownOperationException"): {},
    ("gamelift", "list_builds", "UnknownOperationException"): {},  # moto has no such service: JSON
    ("cloudsearch", "describe_domains", "InvalidAction"): {},  # the query protocol
    ("application-signals", "list_services", "UnknownOperationException"): {"StartTime": 0, "EndTime": 1},  # rest
    ("lex-models", "get_bots", "UnknownOperationException"): {},  # moto has the service, and says nothing
}


@pytest.mark.parametrize(("service", "method", "code"), UNKNOWN)
def test_what_moto_lacks_is_an_error_in_the_protocol_of_the_service_and_no_page(
    aws: Aws, service: str, method: str, code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(aws.client(service), method)(**UNKNOWN[service, method, code])
    answer = refused.value.response
    assert answer["Error"]["Code"] == code
    assert "does not implement" in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


HEAD = "AWS4-HMAC-SHA256 Credential=any/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host"
RAW = {  # what no SDK would send
    "an operation of the query protocol": ("sqs", {}, "Action=Sweep", "<Code>InvalidAction</Code>"),
    "an operation of the JSON protocol": (
        "sqs",
        {"x-amz-target": "AmazonSQS.Sweep", "content-type": "application/x-amz-json-1.0"},
        "{}",
        '"__type": "UnknownOperationException"',
    ),
    "a service that nobody has": (
        "nowhere",
        {"x-amz-target": "Nowhere_2011.Sweep", "content-type": "application/x-amz-json-1.1"},
        "{}",
        '"__type": "UnknownOperationException"',
    ),
    "an operation of a service that the lab answers itself": ("monitoring", {}, "Action=Sweep", "InvalidAction"),
    "an operation over CBOR": ("nowhere", {"smithy-protocol": "rpc-v2-cbor"}, "", "UnknownOperationException"),
}


@pytest.mark.parametrize("what", RAW)
def test_what_is_no_operation_of_aws_is_refused_and_breaks_nothing(aws: Aws, what: str) -> None:
    service, headers, body, code = RAW[what]
    form = {"content-type": "application/x-www-form-urlencoded"} if body.startswith("Action") else {}
    answer = httpx.post(aws.url, content=body, headers={**form, **headers, "authorization": HEAD.format(service)})
    assert answer.status_code == 400
    assert code in answer.text


def test_where_moto_breaks_the_error_is_readable_too(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws.client("dynamodb").list_exports()
    assert error.value.response["Error"]["Code"] == "InternalFailure"
    assert "ListExports" in error.value.response["Error"]["Message"]


def test_logs_over_the_query_protocol_are_told_what_to_speak(aws: Aws) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=any/20260101/eu-west-1/logs/aws4_request, SignedHeaders=host"
    answer = httpx.post(aws.url, data={"Action": "DescribeLogGroups"}, headers={"authorization": scope})
    assert answer.status_code == 400
    assert "speaks awsJson" in answer.text and "query protocol" in answer.text


class Spoken:
    """CloudWatch over a protocol that this boto3 would not choose, with botocore's own writer and reader of it."""

    def __init__(self, aws: Aws, protocol: str) -> None:
        self._aws, self._protocol = aws, protocol
        self._model = botocore.session.get_session().get_service_model("cloudwatch")
        self._writer, self._reader = create_serializer(protocol), create_parser(protocol)

    def ask(self, name: str, **params: Any) -> dict[str, Any]:
        model = self._model.operation_model(name)
        request = self._writer.serialize_to_request(params, model)
        body, headers = request["body"], dict(request["headers"])
        headers["authorization"] = "AWS4-HMAC-SHA256 Credential=any/20260101/eu-west-1/monitoring/aws4_request, x=y"
        sent = {"data": body} if isinstance(body, dict) else {"content": body}
        answer = httpx.post(self._aws.url + request["url_path"], headers=headers, **sent)
        response = {"headers": answer.headers, "status_code": answer.status_code, "body": answer.content}
        result: dict[str, Any] = self._reader.parse(response, model.output_shape)
        return result


@pytest.mark.parametrize("protocol", ["query", "smithy-rpc-v2-cbor"])
def test_cloudwatch_speaks_the_protocols_of_other_sdks(aws: Aws, protocol: str) -> None:
    sdk = Spoken(aws, protocol)
    at = datetime.fromtimestamp(START - 60, UTC)
    dimensions = [{"Name": "Service", "Value": "web & co"}]
    datum = {"MetricName": "Load", "Dimensions": dimensions, "Values": [1.0, 3.5], "Counts": [2.0, 1.0]}
    sdk.ask("PutMetricData", Namespace="Mine", MetricData=[{**datum, "Timestamp": at}])
    metrics = sdk.ask("ListMetrics", Namespace="Mine")["Metrics"]
    assert metrics == [{"Namespace": "Mine", "MetricName": "Load", "Dimensions": dimensions}]
    stat = {"Metric": {"Namespace": "Mine", "MetricName": "Load", "Dimensions": dimensions}, "Stat": "Sum"}
    answer = sdk.ask(
        "GetMetricData",
        MetricDataQueries=[{"Id": "m1", "MetricStat": {**stat, "Period": 60}, "ReturnData": True}],
        StartTime=at,
        EndTime=datetime.fromtimestamp(START, UTC),
    )
    (result,) = answer["MetricDataResults"]
    assert (result["Values"], [t.timestamp() for t in result["Timestamps"]]) == ([5.5], [START - 60])
    refused = sdk.ask("SetAlarmState", AlarmName="nobody", StateValue="OK", StateReason="x")
    assert refused["Error"]["Code"] == "ResourceNotFound"


def test_bytes_that_are_no_cbor_are_refused_as_such(aws: Aws) -> None:
    url = f"{aws.url}/service/GraniteServiceVersion20100801/operation/ListMetrics"
    for body in (b"\xa1", b"\xff", b"\x9f\x9f", b"\x81" * 100 + b"\x00", b"\x00\x00"):
        answer = httpx.post(url, content=body, headers={"content-type": "application/cbor"})
        assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "SerializationException")


def test_a_body_that_is_not_json_is_refused_as_such(aws: Aws) -> None:
    target = {"x-amz-target": "AmazonSSM.ListDocuments", "content-type": "application/x-amz-json-1.1"}
    answer = httpx.post(aws.url, content=b"{", headers=target)
    assert (answer.status_code, json.loads(answer.text)["__type"]) == (400, "SerializationException")
    assert answer.headers["x-amzn-requestid"]


def test_a_request_that_moto_breaks_on_is_an_error_and_the_next_one_is_answered(aws: Aws) -> None:
    headers = {"x-amz-target": "DynamoDB_20120810.DescribeTable", "content-type": "application/x-amz-json-1.0"}
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=any/20260101/eu-west-1/dynamodb/aws4_request, Signature=x"
    answer = httpx.post(aws.url, content=b"[]", headers=headers)
    assert (answer.status_code, answer.json()["__type"]) == (500, "InternalFailure")
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["orders"]
