"""What errors of AWS mean to who asked: of which kind they are, what to do, and whether anything may have happened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_servers.contract.refusals import Code, Kind
from mcp_servers.serving.errors import TeachingError

if TYPE_CHECKING:  # whoever has such an error has loaded botocore
    from botocore.exceptions import BotoCoreError, ClientError

_DENIED = re.compile(r"AccessDenied|Unauthorized|AuthorizationError|OptInRequired")
_CREDENTIALS = re.compile(
    r"ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKey"
)
_NOT_FOUND = re.compile(r"NotFound|^InvalidDocument$|DoesNotExist")
_NOT_OFFERED = re.compile(r"NotImplemented|UnknownOperation|InvalidAction|UnsupportedOperation")
_BUSY = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded|ServiceUnavailable|InternalFailure")


def taught(problem: ClientError, request: str, action: str) -> TeachingError:
    """The refusal of a service, told as ours; `action` is the IAM action that it takes, as `logs:GetLogEvents`."""
    error = problem.response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", "")).strip()
    status = int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
    kind: Kind = "bad_request"
    to_do = ""
    if _NOT_OFFERED.search(code) or status == 501:
        kind, to_do = "failed", "The service at this endpoint does not support it; retrying will not help."
    elif _CREDENTIALS.search(code):
        kind, to_do = "denied", "Renew the credentials of this server."
    elif _DENIED.search(code):
        kind, to_do = "denied", f"Allow {action} in the policy of this server's role."
    elif _NOT_FOUND.search(code):
        kind = "not_found"
    elif _BUSY.search(code) or status >= 500:
        kind, to_do = "unavailable", "Retry in a moment."
    how: Code = "" if kind != "unavailable" else "server_error" if status >= 500 else "throttled"
    return TeachingError(kind, request, f"{code}: {message}" if message else code, to_do, code=how)


def not_sent(problem: TeachingError) -> bool:
    """Whether the service surely did not do what was asked: it refused, or could not be reached at all."""
    from botocore.exceptions import (  # noqa: PLC0415 - see above
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        NoCredentialsError,
        NoRegionError,
        ParamValidationError,
    )

    cause = problem.__cause__
    if isinstance(cause, ClientError):
        return int(cause.response["ResponseMetadata"].get("HTTPStatusCode", 500)) < 500
    return isinstance(
        cause, EndpointConnectionError | ConnectTimeoutError | NoCredentialsError | NoRegionError | ParamValidationError
    )


def endpoint_of(problem: BotoCoreError) -> str:
    """The address that was asked, without its path, as far as the error tells it."""
    return origin(str(getattr(problem, "kwargs", {}).get("endpoint_url") or ""))


def origin(url: str) -> str:
    """The address without path and credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
