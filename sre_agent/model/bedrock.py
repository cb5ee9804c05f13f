"""Amazon Bedrock: LangChain's `ChatBedrockConverse` over a boto3 client of our own, and what its errors mean.

The client never tries again by itself: who asks decides when and where. It has no asyncio, so calls run on threads,
with a connection for each.
"""

from __future__ import annotations

import os
from typing import Any, Final

import boto3
import urllib3
from botocore import eventstream
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    ResponseStreamingError,
    SSOError,
)
from botocore.parsers import ResponseParserError
from langchain_aws import ChatBedrockConverse
from langchain_aws.utils import parse_model_provider

from sre_agent.domain.model_call import Outcome
from sre_agent.errors import SettingsError
from sre_agent.model.address import ModelAddress
from sre_agent.model.client import ModelClient
from sre_agent.model.daemon_threads import DaemonThreads
from sre_agent.settings import ModelAccess

PARALLEL: Final = 16  # calls at once for one model; specialists of a few incidents
CONNECT_SECONDS: Final = 5.0
REAL: Final = "aws"
REGION_VARIABLE: Final = "AWS_REGION"
ENDPOINT_VARIABLES: Final = (
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL_BEDROCK", "AWS_ENDPOINT_URL_S3"),
)
DENIED: Final = ("model identifier is invalid", "on-demand throughput", "don't have access", "not authorized")
CODES: Final[dict[str, Outcome]] = {  # lower case, as events of a stream have them otherwise than answers
    "throttlingexception": "throttled",
    "toomanyrequestsexception": "throttled",
    "servicequotaexceededexception": "throttled",
    "modeltimeoutexception": "timeout",
    "serviceunavailableexception": "unavailable",
    "internalserverexception": "unavailable",
    "modelnotreadyexception": "unavailable",
    "modelerrorexception": "unavailable",
    "modelstreamerrorexception": "broken",
    "accessdeniedexception": "denied",
    "unrecognizedclientexception": "denied",
    "invalidsignatureexception": "denied",
    "expiredtokenexception": "denied",
    "incompletesignature": "denied",
    "resourcenotfoundexception": "denied",
    "validationexception": "refused",
}
NO_WAY: Final = (ConnectTimeoutError, urllib3.exceptions.ConnectTimeoutError)  # nothing was sent, so nothing is billed
TIMEOUTS: Final = (ReadTimeoutError, urllib3.exceptions.TimeoutError)
BROKEN: Final = (
    *(ResponseStreamingError, ResponseParserError, eventstream.ParserError),
    *(urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError),
)
NO_IDENTITY: Final = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, ProfileNotFound, SSOError)


def open_model(address: ModelAddress, settings: ModelAccess) -> ModelClient:
    """Nothing is sent, but for an application's own profile, of which Bedrock has to say which model it is.

    Raises SettingsError.
    """
    client = runtime_client(address, settings)
    chat = _chat(address, settings, client)
    caches = settings.model_cache != "off" and _caches(address.name)
    return ModelClient(
        chat=chat,
        options={"cache_control": {"ttl": settings.model_cache}} if caches else {},
        forced="any" in (chat.supports_tool_choice_values or ()),
        threads=DaemonThreads(PARALLEL, "bedrock"),
        outcome=outcome,
        close=client.close,
        endpoint=client.meta.endpoint_url,
        region=client.meta.region_name or "",
    )


def runtime_client(
    address: ModelAddress, settings: ModelAccess, service: str = "bedrock-runtime", *, attempts: int = 1
) -> Any:
    """A boto3 client of the Bedrock Runtime, or of another service with the same identity, in the same region.

    Raises SettingsError for a region or profile that is not there.
    """
    region = address.region or settings.aws_region or os.environ.get(REGION_VARIABLE)  # boto3 reads only its own
    profile = settings.model_aws_profile or settings.aws_profile
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=settings.model_call_seconds,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        max_pool_connections=PARALLEL,
        user_agent_extra="sre-agent",
    )
    try:
        session = boto3.Session(profile_name=profile or None, region_name=region or None)
        endpoint = _endpoint(settings, service, session.region_name)
        return session.client(service, endpoint_url=endpoint, config=config)
    except NoRegionError as problem:
        raise SettingsError(
            f"No AWS region is set for the model {address.name}. Set aws_region (SRE_AGENT_AWS_REGION or AWS_REGION),"
            " model_regions, or write the model as MODEL@REGION."
        ) from problem
    except ProfileNotFound as problem:
        raise SettingsError(
            f"There is no AWS profile {profile!r} for the model {address.name}. `aws configure list-profiles` lists"
            " them; set model_aws_profile or aws_profile."
        ) from problem
    except (BotoCoreError, ValueError) as problem:
        raise SettingsError(f"The Bedrock client for {address} cannot be opened: {problem}") from problem


def _chat(address: ModelAddress, settings: ModelAccess, client: Any) -> ChatBedrockConverse:
    own_profile = "application-inference-profile" in address.name  # its model has to be asked for
    control = runtime_client(address, settings, "bedrock") if own_profile else client
    try:
        return ChatBedrockConverse(
            model_id=address.name,
            provider=_provider(address.name),
            client=client,
            bedrock_client=control,
            region_name=client.meta.region_name,
            max_tokens=settings.model_answer_tokens,
            disable_streaming=False,
            guardrail_config=_guardrail(settings.model_guardrail) if settings.model_guardrail else None,
        )
    except (ValueError, BotoCoreError, ClientError) as problem:
        client.close()
        raise SettingsError(f"The model {address} cannot be opened: {problem}") from problem
    finally:
        if own_profile:
            control.close()


def outcome(problem: BaseException) -> Outcome | None:
    """What an error of boto3 or of its connection means; None for an error of neither."""
    if isinstance(problem, NO_WAY):
        return "unavailable"
    if isinstance(problem, TIMEOUTS):
        return "timeout"
    if isinstance(problem, ClientError):
        if any(base.__name__ == "ContextOverflowError" for base in type(problem).__mro__):
            return "too_long"
        error = problem.response.get("Error", {})
        code, message = str(error.get("Code", "")).lower(), str(error.get("Message", ""))
        if code == "validationexception" and any(mark in message for mark in DENIED):
            return "denied"
        return CODES.get(code, "unavailable")
    if isinstance(problem, BROKEN) or (isinstance(problem, ConnectionError) and "messageStop" in str(problem)):
        return "broken"
    if isinstance(problem, NO_IDENTITY):
        return "denied"
    return "unavailable" if isinstance(problem, BotoCoreError | urllib3.exceptions.HTTPError) else None


def _endpoint(settings: ModelAccess, service: str, region: str | None) -> str | None:
    """None: the one of the region, or what the SDK's own variables say. Bedrock's own endpoint is nobody else's."""
    endpoint = settings.model_endpoint_url or settings.aws_endpoint_url
    if not service.startswith("bedrock") and endpoint != REAL:
        endpoint = settings.aws_endpoint_url
    if endpoint != REAL:
        return endpoint or None
    elsewhere = any(os.environ.get(name) for name in ENDPOINT_VARIABLES)
    suffix = "amazonaws.com.cn" if (region or "").startswith("cn-") else "amazonaws.com"
    return f"https://{service}.{region}.{suffix}" if elsewhere and region else None


def _guardrail(text: str) -> dict[str, str]:
    id_, _, version = text.rpartition(":")
    if not id_ or not (version == "DRAFT" or version.isdigit()):
        raise SettingsError(f"The guardrail {text!r} is not of the form ID:VERSION, as abc123:1 or abc123:DRAFT.")
    return {"guardrailIdentifier": id_, "guardrailVersion": version, "trace": "enabled"}


def _provider(name: str) -> str:
    """anthropic, amazon …: who made the model. The ARN of an application's own profile does not tell."""
    id_ = name.rpartition("/")[2]
    return str(parse_model_provider(id_)) if "." in id_ else "anthropic"


def _caches(name: str) -> bool:
    """Whether the model takes cache points; others refuse a request that has one."""
    return "anthropic." in name or "amazon.nova" in name
