"""The wire of AWS: which service and operation a request means, and how an answer or an error looks as bytes.

Two protocols are spoken for the services that the lab answers itself: awsJson 1.0/1.1 and, for X-Ray, rest-json.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sre_agent.lab.aws.errors import AwsError

TARGETS = {"GraniteServiceVersion20100801": "monitoring", "Logs_20140328": "logs", "AmazonSSM": "ssm"}
XRAY_PATHS = {
    "/TraceSummaries": "GetTraceSummaries",
    "/Traces": "BatchGetTraces",
    "/TraceSegments": "PutTraceSegments",
}
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
class Meant:
    """The service by its signing name, the operation if it can be told, and the protocol that was spoken."""

    service: str
    operation: str
    protocol: str  # json | rest | query | cbor | other


def meant(request: HttpRequest) -> Meant:
    """By target header, else by the scope of the signature together with path or form."""
    prefix, _, operation = request.headers.get("x-amz-target", "").rpartition(".")
    if prefix in TARGETS:
        return Meant(TARGETS[prefix], operation, "json")
    scope = SCOPE.search(request.headers.get("authorization", ""))
    service = scope["service"].lower() if scope else ""
    if service == "xray" or (not service and request.path in XRAY_PATHS):
        return Meant("xray", XRAY_PATHS.get(request.path, request.path.strip("/")), "rest")
    if request.path.startswith("/service/GraniteServiceVersion20100801/operation/"):
        return Meant("monitoring", request.path.rpartition("/")[2], "cbor")
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(request.body.decode("utf-8", "replace"))
        return Meant(service, form.get("Action", [""])[0], "query")
    return Meant(service, operation, "other")


def parameters(request: HttpRequest) -> dict[str, Any]:
    """The JSON body of a request; SerializationException if it is none."""
    try:
        found = json.loads(request.body or b"{}")
    except ValueError as problem:
        raise AwsError("SerializationException", f"The body of the request is not JSON: {problem}") from problem
    if not isinstance(found, dict):
        raise AwsError("SerializationException", "The body of the request is not a JSON object.")
    return found


def success(request: HttpRequest, what: Meant, result: dict[str, Any], request_id: str) -> HttpResponse:
    headers = {"content-type": _content_type(request, what), "x-amzn-requestid": request_id}
    return HttpResponse(200, headers, json.dumps(result).encode())


def failure(request: HttpRequest, what: Meant, error: AwsError, request_id: str) -> HttpResponse:
    """A modelled error; callers of the query protocol get it as XML, the only form that they can read."""
    if what.protocol == "query":
        return _xml(error, request_id)
    headers = {
        "content-type": _content_type(request, what),
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": error.code,
    }
    if what.service == "monitoring":
        fault = "Sender" if error.status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{QUERY_CODES.get(error.code, error.code)};{fault}"
    body = {"__type": error.code, "message": error.message, "Message": error.message}
    return HttpResponse(error.status, headers, json.dumps(body).encode())


def _content_type(request: HttpRequest, what: Meant) -> str:
    if what.protocol != "json":
        return "application/json"
    asked = request.headers.get("content-type", "")
    return asked if asked.startswith("application/x-amz-json-1.") else "application/x-amz-json-1.1"


def _xml(error: AwsError, request_id: str) -> HttpResponse:
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return HttpResponse(error.status, {"content-type": "text/xml", "x-amzn-requestid": request_id}, body.encode())
