"""AWS calls made by the lab itself, as an automation makes them: boto3's models and checks, no socket.

Each request goes through the same dispatch as one from outside, so a runbook meets what its author would meet.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import Shape

from sre_lab.aws.ssm.actions import StepFailure
from sre_lab.aws.wire import HttpRequest, HttpResponse
from sre_lab.world import World

Transport = Callable[[HttpRequest], HttpResponse]
NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


class AwsCaller:
    """`caller("dynamodb", "UpdateTable", {...})` answers the result as plain JSON; StepFailure tells what AWS said."""

    def __init__(self, world: World, transport: Transport) -> None:
        self._region = world.cluster.region
        self._transport = transport
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str, api: str, arguments: dict[str, Any]) -> dict[str, Any]:
        client = self._client(service.lower())
        method_name = api.replace("_", "").lower()
        methods = {name.lower(): (method, name) for method, name in client.meta.method_to_api_mapping.items()}
        if method_name not in methods:
            raise StepFailure(f"The service {service} has no API {api!r}.")
        method, operation = methods[method_name]
        shape = client.meta.service_model.operation_model(operation).input_shape
        try:
            answer = getattr(client, method)(**(_coerce(arguments, shape) if shape else arguments))
        except (ClientError, BotoCoreError) as problem:
            raise StepFailure(str(problem)) from problem
        result = _plain({k: v for k, v in answer.items() if k != "ResponseMetadata"})
        assert isinstance(result, dict)
        return result

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            session = botocore.session.get_session()
            config = Config(retries={"total_max_attempts": 1}, parameter_validation=True)
            try:
                client = session.create_client(
                    service,
                    region_name=self._region,
                    endpoint_url="http://127.0.0.1",
                    aws_access_key_id="lab",
                    aws_secret_access_key="lab",  # noqa: S106 - any credentials are good here
                    config=config,
                )
            except BotoCoreError as problem:
                raise StepFailure(f"There is no AWS service {service!r}: {problem}") from problem
            client.meta.events.register("before-send", self._send)
            self._clients[service] = client
        return self._clients[service]

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        """botocore's hook in the place of its HTTP client."""
        url = urlsplit(request.url)
        body = request.body or b""
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        if not isinstance(body, bytes | bytearray | str):
            body = body.read()
        content = body.encode() if isinstance(body, str) else bytes(body)
        answer = self._transport(HttpRequest(request.method, url.path or "/", url.query, headers, content))
        return AWSResponse(request.url, answer.status, answer.headers, _Raw(answer.body))


class _Raw(io.BytesIO):
    """The body in the form in which urllib3 would give it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _coerce(value: Any, shape: Shape) -> Any:
    """Texts that the API takes as numbers or booleans become them, as Automation does with String parameters."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {k: _coerce(v, shape.members[k]) if k in shape.members else v for k, v in value.items()}
    if shape.type_name == "map" and isinstance(value, dict):
        return {k: _coerce(v, shape.value) for k, v in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_coerce(item, shape.member) for item in value]
    if shape.type_name == "string" and isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str):
        return value
    if shape.type_name == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    try:
        return NUMBERS[shape.type_name](value) if shape.type_name in NUMBERS else value
    except ValueError:
        return value


def _plain(value: Any) -> Any:
    """A boto3 result as JSON: times as ISO 8601, bytes as base64."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return value.read().decode("utf-8", "replace") if hasattr(value, "read") else value


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
