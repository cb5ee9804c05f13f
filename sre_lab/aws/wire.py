"""The wire of AWS: which service and operation a request means, and how an answer or an error looks as bytes.

The services that the lab answers itself speak awsJson 1.0/1.1, X-Ray, EKS, Bedrock's jobs and AgentCore rest-json, and
CloudWatch also CBOR and the query protocol, which SDKs of other languages and older ones use.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from sre_lab.aws import cbor, models, rest
from sre_lab.aws.errors import AwsError
from sre_lab.encoding import encode

TARGETS = {
    "GraniteServiceVersion20100801": "monitoring",
    "Logs_20140328": "logs",
    "AmazonSSM": "ssm",
    "AmazonSQS": "sqs",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
}
XRAY_PATHS = {
    "/TraceSummaries": "GetTraceSummaries",
    "/Traces": "BatchGetTraces",
    "/TraceSegments": "PutTraceSegments",
    "/TraceGraph": "GetTraceGraph",
    "/ServiceGraph": "GetServiceGraph",
    "/TelemetryRecords": "PutTelemetryRecords",
    "/SamplingTargets": "GetSamplingTargets",
    "/SamplingStatisticSummaries": "GetSamplingStatisticSummaries",
}
EKS_PATH = re.compile(r"/clusters(?:/(?P<name>[^/]+))?/?")
BEDROCK_PATHS = {  # a job is named by its id or its ARN
    ("POST", "CreateModelInvocationJob"): re.compile(r"/model-invocation-job/?"),
    ("POST", "StopModelInvocationJob"): re.compile(r"/model-invocation-job/(?P<jobIdentifier>.+)/stop"),
    ("GET", "GetModelInvocationJob"): re.compile(r"/model-invocation-job/(?P<jobIdentifier>.+)"),
    ("GET", "ListModelInvocationJobs"): re.compile(r"/model-invocation-jobs/?"),
}
CBOR_HEADERS = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
SCOPE = re.compile(r"Credential=[^/\s]+/\d{8}/[^/\s]+/(?P<service>[^/\s]+)/aws4_request")
# CloudWatch once spoke the query protocol; SDKs still report these errors under their old codes.
QUERY_CODES = {
    "InvalidParameterCombinationException": "InvalidParameterCombination",
    "InvalidParameterValueException": "InvalidParameterValue",
    "MissingRequiredParameterException": "MissingParameter",
    "InvalidFormatFault": "InvalidFormat",
    "LimitExceededFault": "LimitExceeded",
    "InternalServiceFault": "InternalServiceError",
    "DashboardInvalidInputError": "InvalidParameterInput",
    "DashboardNotFoundError": "ResourceNotFound",
    "ValidationException": "ValidationError",
}


@dataclass(frozen=True)
class HttpRequest:
    """One complete request; header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class HttpResponse:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class RequestTarget:
    """The service by its signing name, the operation if it can be told, and the protocol that was spoken.

    `parameters` are the parameters that a rest request has outside its body.
    """

    service: str
    operation: str
    protocol: str  # json | rest | query | cbor | other
    parameters: dict[str, Any] = field(default_factory=dict)


def request_target(request: HttpRequest) -> RequestTarget:
    """By target header, else by the scope of the signature together with path or form."""
    prefix, _, operation = request.headers.get("x-amz-target", "").rpartition(".")
    if prefix in TARGETS:
        return RequestTarget(TARGETS[prefix], operation, "json")
    scope = SCOPE.search(request.headers.get("authorization", ""))
    service = scope["service"].lower() if scope else ""
    if service == "xray" or (not service and request.path in XRAY_PATHS):
        return RequestTarget("xray", XRAY_PATHS.get(request.path, request.path.strip("/")), "rest")
    if service == "eks":
        path = EKS_PATH.fullmatch(request.path) if request.method == "GET" else None
        operation = ("DescribeCluster" if path["name"] else "ListClusters") if path else request.path.strip("/")
        return RequestTarget("eks", operation, "rest", {"name": unquote(path["name"])} if path and path["name"] else {})
    if service == "bedrock" and (job := _of_jobs(request)):
        return job
    if service == "bedrock-agentcore":  # the signing name of the control plane as well
        for name in ("agentcore", "agentcore-memory"):
            if (match := rest.operation_of(name, request.method, request.path, request.query)) is not None:
                return RequestTarget(name, match[0], "rest", match[1])
        return RequestTarget("agentcore", "", "rest")
    if request.path.startswith("/service/GraniteServiceVersion20100801/operation/"):
        return RequestTarget("monitoring", request.path.rpartition("/")[2], "cbor")
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(_inflate(request).decode("utf-8", "replace"))
        return RequestTarget(service, form.get("Action", [""])[0], "query")
    return RequestTarget(service, operation, "other")


def parameters(request: HttpRequest, what: RequestTarget) -> dict[str, Any]:
    """The parameters that the body of a request carries; SerializationException if it cannot be read."""
    try:
        body = _inflate(request)
        if what.protocol == "query":
            return models.read_form(what.service, what.operation, body)
        fields = (cbor.loads(body) if what.protocol == "cbor" else json.loads(body)) if body else {}
    except (ValueError, OSError, EOFError) as problem:
        form = "CBOR" if what.protocol == "cbor" else "JSON"
        raise AwsError("SerializationException", f"The body of the request is not {form}: {problem}") from problem
    if not isinstance(fields, dict):
        raise AwsError("SerializationException", "The body of the request is not an object.")
    return fields | what.parameters


def _of_jobs(request: HttpRequest) -> RequestTarget | None:
    """What a request means to Bedrock's jobs; None for the rest of Bedrock."""
    for (method, operation), path in BEDROCK_PATHS.items():
        match = path.fullmatch(unquote(request.path))
        if request.method == method and match:
            query = {name: values[-1] for name, values in parse_qs(request.query).items()}
            return RequestTarget("bedrock", operation, "rest", query | match.groupdict())
    return None


def _inflate(request: HttpRequest) -> bytes:
    """The body as it was before SDKs compressed it, as they do with large PutMetricData requests."""
    encoded = request.headers.get("content-encoding", "") == "gzip"
    return gzip.decompress(request.body) if encoded else request.body


def success(request: HttpRequest, what: RequestTarget, result: dict[str, Any], request_id: str) -> HttpResponse:
    headers = {"content-type": _content_type(request, what), "x-amzn-requestid": request_id}
    if what.protocol == "query":
        body = models.write_xml(what.service, what.operation, result, request_id)
        return HttpResponse(200, {**headers, "content-type": "text/xml"}, body)
    if what.protocol == "cbor":
        body = cbor.dumps(models.with_moments(what.service, what.operation, result))
        return HttpResponse(200, {**headers, **CBOR_HEADERS}, body)
    return HttpResponse(200, headers, encode(result))


def failure(request: HttpRequest, what: RequestTarget, error: AwsError, request_id: str) -> HttpResponse:
    """A modelled error; callers of the query protocol get it as XML, the only form that they can read."""
    if what.protocol == "query":
        return _xml(error, request_id, is_ec2=what.service == models.EC2)
    headers = {
        "content-type": _content_type(request, what),
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": error.code,
    }
    if what.service == "monitoring":
        fault = "Sender" if error.status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{QUERY_CODES.get(error.code, error.code)};{fault}"
    body = {"__type": error.code, "message": error.message, "Message": error.message, **error.members}
    if what.protocol == "cbor":
        return HttpResponse(error.status, {**headers, **CBOR_HEADERS}, cbor.dumps(body))
    return HttpResponse(error.status, headers, json.dumps(body).encode())


def _content_type(request: HttpRequest, what: RequestTarget) -> str:
    if what.protocol != "json":
        return "application/json"
    content_type = request.headers.get("content-type", "")
    return content_type if content_type.startswith("application/x-amz-json-1.") else "application/x-amz-json-1.1"


def _xml(error: AwsError, request_id: str, *, is_ec2: bool) -> HttpResponse:
    text = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    body = f"<ErrorResponse><Error><Type>Sender</Type>{text}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    if is_ec2:
        body = f"<Response><Errors><Error>{text}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    return HttpResponse(error.status, {"content-type": "text/xml", "x-amzn-requestid": request_id}, body.encode())
