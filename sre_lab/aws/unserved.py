"""What the lab cannot do, told as AWS would: an error with a code, in the protocol of the caller.

An SDK that gets a page for people, or a bare 500, tries again and then reports nothing that helps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from sre_lab.aws import cbor
from sre_lab.aws.wire import CBOR_HEADERS, SCOPE, HttpResponse

UNKNOWN: Final = 400  # no SDK tries that again
BROKEN: Final = 500
REST_XML: Final = frozenset({"s3", "s3-outposts", "route53", "cloudfront"})  # the services whose rest errors are XML
CODES: Final = {"query": "InvalidAction", "ec2": "InvalidAction"}  # of an unknown operation
JSON: Final = "application/x-amz-json"
FORM: Final = "application/x-www-form-urlencoded"


class UnservedRequest:
    """What can be told of a request from its headers (lower case), its path and the action that a form names."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str], action: str = "") -> None:
        scope = SCOPE.search(headers.get("authorization", ""))
        self.service = scope["service"].lower() if scope else ""
        self._type = headers.get("content-type", "")
        self.protocol = self._protocol(headers)
        self.what = headers.get("x-amz-target") or action or f"{method} {path}"

    def _protocol(self, headers: Mapping[str, str]) -> str:
        if headers.get("smithy-protocol", "").startswith("rpc-v2-cbor"):
            return "cbor"
        if self._type.startswith(FORM):
            return "ec2" if self.service == "ec2" else "query"
        if self._type.startswith(JSON) or "x-amz-target" in headers:
            return "json"
        return "xml" if self.service in REST_XML or not self.service else "rest"

    def not_implemented(self) -> HttpResponse:
        """The answer to an operation, or a service, that the lab does not have."""
        of = f" of {self.service}" if self.service else ""
        code = CODES.get(self.protocol, "UnknownOperationException")
        return self._error(UNKNOWN, code, f"The lab does not implement {self.what}{of}.")

    def internal_failure(self, problem: BaseException) -> HttpResponse:
        """The answer where an operation that the lab has breaks."""
        message = f"The lab's moto failed at {self.what}: {type(problem).__name__}: {problem}"
        return self._error(BROKEN, "InternalFailure", message)

    def _error(self, status: int, code: str, message: str) -> HttpResponse:
        if self.protocol in ("query", "ec2", "xml"):
            return HttpResponse(status, {"content-type": "text/xml"}, _xml(self.protocol, status, code, message))
        body = {"__type": code, "message": message}
        if self.protocol == "cbor":
            return HttpResponse(status, dict(CBOR_HEADERS), cbor.dumps(body))
        kind = self._type if self._type.startswith(JSON) else "application/json"
        headers = {"content-type": kind, "x-amzn-errortype": code}
        return HttpResponse(status, headers, json.dumps(body).encode())


def _xml(protocol: str, status: int, code: str, message: str) -> bytes:
    fault = "Sender" if status < BROKEN else "Receiver"
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if protocol == "ec2":
        return f"<Response><Errors><Error>{error}</Error></Errors><RequestID>lab</RequestID></Response>".encode()
    if protocol == "xml":
        return f"<Error>{error}<RequestId>lab</RequestId></Error>".encode()
    return (
        f"<ErrorResponse><Error><Type>{fault}</Type>{error}</Error><RequestId>lab</RequestId></ErrorResponse>".encode()
    )
