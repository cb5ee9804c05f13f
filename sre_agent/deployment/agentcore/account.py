"""The AWS account that is deployed to: one way to ask its services, with errors that say which right is missing."""

from __future__ import annotations

import os
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sre_agent.aws_services.failures import BUSY, BUSY_STATUS, CREDENTIALS, DENIED
from sre_agent.errors import AbsentError, BadInputError, PermanentError, SettingsError, SreAgentError, TemporaryError
from sre_agent.settings import AwsSettings

CONTROL: Final = "bedrock-agentcore-control"
ABSENT: Final = {"ResourceNotFoundException", "NoSuchEntity", "RepositoryNotFoundException"}
POLICY: Final = "infra/aws/agentcore-deployer.json"


class DeniedError(SettingsError):
    """A right is missing; the text names it."""


class DeploymentAccount:
    """Its region, and answers of its services. Blocks; not for an event loop."""

    def __init__(self, aws: AwsSettings) -> None:
        """Raises SettingsError."""
        try:
            self._session = boto3.Session(
                profile_name=aws.aws_profile or None, region_name=aws.aws_region or os.environ.get("AWS_REGION") or None
            )
        except BotoCoreError as problem:
            raise SettingsError(f"AWS cannot be asked: {problem}") from problem
        self._endpoint = aws.aws_endpoint_url
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        return str(self._session.region_name)

    def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """The answer of one operation, named as boto3 names its methods.

        Raises DeniedError, AbsentError where what is asked about is not there, BadInputError for what the service does
        not accept, TemporaryError where asking again may help, else SettingsError or PermanentError.
        """
        try:
            answer: dict[str, Any] = getattr(self._client(service), operation)(**params)
        except ClientError as problem:
            raise self._error(service, problem) from problem
        except BotoCoreError as problem:
            raise TemporaryError(f"AWS did not respond: {problem}") from problem
        return answer

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            config = Config(retries={"mode": "standard", "total_max_attempts": 5})
            self._clients[service] = self._session.client(service, endpoint_url=self._endpoint or None, config=config)
        return self._clients[service]

    def _error(self, service: str, problem: ClientError) -> SreAgentError:
        error = problem.response.get("Error", {})
        code, message = str(error.get("Code", "")), str(error.get("Message", "")).strip()
        operation = str(problem.operation_name)
        if code in DENIED:
            action = f"{self._client(service).meta.service_model.signing_name}:{operation}"
            return DeniedError(f"AWS denies {action}: {message}. Allow it to whoever deploys; {POLICY} has all rights.")
        if code in CREDENTIALS:
            return SettingsError(f"AWS does not accept the credentials for {operation} ({code}): renew them.")
        if code in ABSENT:
            return AbsentError(f"{operation}: {message}")
        if code in ("ValidationException", "InvalidParameterException"):
            return BadInputError(f"AWS does not accept what {operation} was asked for: {message}")
        if code == "ConflictException":
            return TemporaryError(f"{operation}: {message} Somebody else is at it: run it again.")
        if code == "ServiceQuotaExceededException":
            return PermanentError(f"{operation}: {message} Delete what is not needed, or ask AWS for a higher quota.")
        status = int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
        if code in BUSY or status >= BUSY_STATUS:
            return TemporaryError(f"{operation} is busy ({code or status}): run it again.")
        return PermanentError(f"{operation} was refused ({code}): {message}")
