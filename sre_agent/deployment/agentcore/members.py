"""The members of a runtime in the service's model: what the command line calls them, and what the model allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import botocore.session
from botocore.model import Shape

from sre_agent.deployment.agentcore.account import CONTROL
from sre_agent.deployment.agentcore.environment import without_secrets
from sre_agent.errors import BadInputError

NETWORK: Final = "networkConfiguration.networkModeConfig"
JWT: Final = "authorizerConfiguration.customJWTAuthorizer"
OPTIONS: Final = {  # the option of a member; others are called by their path
    "agentRuntimeName": "name",
    "agentRuntimeArtifact.containerConfiguration.containerUri": "image",
    "roleArn": "role",
    "description": "description",
    "environmentVariables": "env",
    "networkConfiguration.networkMode": "network",
    f"{NETWORK}.subnets": "subnet",
    f"{NETWORK}.securityGroups": "security-group",
    "protocolConfiguration.serverProtocol": "protocol",
    f"{JWT}.discoveryUrl": "discovery-url",
    f"{JWT}.allowedClients": "client",
    f"{JWT}.allowedAudience": "audience",
    "requestHeaderConfiguration.requestHeaderAllowlist": "header",
    "lifecycleConfiguration.idleRuntimeSessionTimeout": "idle-seconds",
    "lifecycleConfiguration.maxLifetime": "life-seconds",
    "name": "endpoint",
    "tags": "tag",
}
EXAMPLES: Final = {
    "name": "sre_agent",
    "endpoint": "live",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/sre-agent:0.1.0",
    "role": "arn:aws:iam::123456789012:role/sre-agent",
    "subnet": "subnet-0123456789abcdef0",
    "security-group": "sg-0123456789abcdef0",
    "discovery-url": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI/.well-known/openid-configuration",
}
UNITS: Final = {"list": " elements", "map": " entries", "string": " characters"}


def updatable() -> frozenset[str]:
    """The members that UpdateAgentRuntime takes, besides the id and the client token."""
    return frozenset(_shape("UpdateAgentRuntime").members) - {"agentRuntimeId", "clientToken"}


def check(operation: str, params: Mapping[str, Any]) -> None:
    """Raises BadInputError for the first parameter that the model of the operation does not allow."""
    for path, value, why in _faults(_shape(operation), params, ""):
        option = _option(path)
        example = f", such as {EXAMPLES[option]}" if option in EXAMPLES else ""
        what = f"--{option}" if option in OPTIONS.values() else path
        is_shown = bool(value) and isinstance(value, str | int) and option != OPTIONS["environmentVariables"]
        raise BadInputError(f"{what} {value!r} {why}{example}." if is_shown else f"{what} {why}{example}.")


def leaves(configuration: Mapping[str, Any]) -> dict[str, str]:
    """What is set, as text, by what the command line calls it; variables one by one, what is secret hidden."""
    flat: dict[str, str] = {}
    for path, value in _leaves(configuration, ""):
        if path == "environmentVariables":
            flat |= {f"env {name}": text for name, text in without_secrets(value).items()}
        else:
            flat[_option(path)] = _text(value)
    return flat


def _leaves(members: Mapping[str, Any], lead: str) -> Iterator[tuple[str, Any]]:
    for name, value in members.items():
        path = f"{lead}{name}"
        if isinstance(value, Mapping) and path not in OPTIONS:
            yield from _leaves(value, f"{path}.")
        elif value not in (None, "", [], {}):
            yield path, value


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(sorted(value))  # the service keeps no order
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _option(path: str) -> str:
    """The option of a member, of the one that it lies in, or of the first in it; else its path."""
    parts = path.split(".")
    leads = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    around = next((OPTIONS[lead] for lead in leads if lead in OPTIONS), "")
    return around or next((option for member, option in OPTIONS.items() if member.startswith(f"{path}.")), path)


def _shape(operation: str) -> Any:
    return botocore.session.get_session().get_service_model(CONTROL).operation_model(operation).input_shape


def _faults(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    """Where a value is not what its shape allows, the value, and why."""
    parts: list[tuple[Shape, Any, str]] = []
    lead = f"{path}." if path else ""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if not value.get(name):
                yield f"{lead}{name}", "", "is needed"
        parts = [(shape.members[name], one, f"{lead}{name}") for name, one in value.items()]
    elif shape.type_name == "list":
        parts = [(shape.member, one, f"{lead}{place}") for place, one in enumerate(value)]
    elif shape.type_name == "map":
        parts = [(shape.value, one, f"{lead}{name}") for name, one in value.items()]
        parts += [(shape.key, name, f"{lead}{name}") for name in value]
    if why := _why_not(shape, value):
        yield path, value, why
    for part in parts:
        yield from _faults(*part)


def _why_not(shape: Shape, value: Any) -> str:
    rules, unit = shape.metadata, UNITS.get(shape.type_name, "")
    if (pattern := rules.get("pattern")) and not re.fullmatch(pattern, value):
        return f"does not match {pattern}"
    if (enum := rules.get("enum")) and value not in enum:
        return f"is none of {', '.join(enum)}"
    size = len(value) if unit else value
    if "min" in rules and size < rules["min"]:
        return f"is less than {rules['min']}{unit}"
    return f"is more than {rules['max']}{unit}" if "max" in rules and size > rules["max"] else ""
