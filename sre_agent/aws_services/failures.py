"""What an error of an AWS service means to who keeps state there: try again later, set something right, or another was
first."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from sre_agent.aws_services.conditions import ConditionFailedError
from sre_agent.errors import PermanentError, SettingsError, SreAgentError, TemporaryError

CONDITIONS: Final = {
    *("ConditionalCheckFailedException", "PreconditionFailed", "ConditionalRequestConflict"),
    "ConflictException",  # of EventBridge Scheduler: there is one of this name
}
BUSY: Final = {  # https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html, and DynamoDB's own
    *("Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded"),
    *("ProvisionedThroughputExceededException", "RequestThrottled", "SlowDown", "LimitExceededException"),
    *("TransactionConflictException", "TransactionInProgressException", "ServiceUnavailable", "InternalServerError"),
    *("RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "ReplicatedWriteConflictException"),
}
DENIED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "KMSAccessDeniedException"}
CREDENTIALS: Final = {
    *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"),
    *("SignatureDoesNotMatch", "InvalidSignatureException", "InvalidAccessKeyId", "MissingAuthenticationToken"),
}
ABSENT: Final = {
    *("ResourceNotFoundException", "NoSuchBucket", "NotFoundException", "ParameterNotFound", "404"),
    *("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NoSuchKey"),
}
BUSY_STATUS: Final = 500
IN_TRANSACTION: Final = "TransactionCanceledException"
CONFLICT: Final = "TransactionConflict"


def as_ours(problem: BotoCoreError | ClientError) -> SreAgentError | ConditionFailedError:
    """The error as one of ours; its text names the operation and carries no value of the request."""
    if isinstance(problem, ClientError):
        return _of_the_service(problem, str(problem.operation_name))
    if isinstance(problem, NoCredentialsError | NoRegionError | ProfileNotFound):
        return SettingsError(
            f"What keeps the state in AWS needs credentials and a region: {problem} Give them with state_aws_profile"
            " and state_region, or in the environment."
        )
    if isinstance(problem, HTTPClientError | NoConnectionError):
        return TemporaryError(f"AWS did not respond: {type(problem).__name__}.")
    return PermanentError(f"AWS could not be asked: {type(problem).__name__}: {problem}")


def _of_the_service(problem: ClientError, action: str) -> SreAgentError | ConditionFailedError:
    error: dict[str, Any] = problem.response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", "")).strip()
    status = int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
    if code in CONDITIONS:
        return ConditionFailedError(action, item=problem.response.get("Item"))
    if code == IN_TRANSACTION:
        return _of_a_transaction(problem, action)
    if code in DENIED:
        return SettingsError(f"AWS denies {action}: allow it in the policy of this process's role. {message}".strip())
    if code in CREDENTIALS:
        return SettingsError(f"AWS does not accept the credentials for {action} ({code}): renew them.")
    if code in ABSENT:
        return SettingsError(f"{action}: what the settings name is not there ({code}: {message}).")
    if code in BUSY or status >= BUSY_STATUS:
        return TemporaryError(f"{action} is busy ({code or status}).")
    return PermanentError(f"{action} was refused ({code}): {message}")


def _of_a_transaction(problem: ClientError, action: str) -> SreAgentError | ConditionFailedError:
    """A condition that does not hold decides; without one, a conflict or a throttle is worth asking again."""
    reasons = problem.response.get("CancellationReasons", [])
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    if "ConditionalCheckFailed" in codes:
        first = codes.index("ConditionalCheckFailed")
        return ConditionFailedError(action, item=reasons[first].get("Item"), codes=tuple(codes))
    if any(code == CONFLICT or "Throttl" in code or "ThroughputExceeded" in code for code in codes):
        return TemporaryError(f"{action} met another transaction on the same items.", retry_after=1.0)
    return PermanentError(f"{action} was cancelled: {', '.join(codes)}.")
