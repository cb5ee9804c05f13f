"""What somebody wants a runtime to be, and how that reads in the form of the service.

A version of a runtime is whole: the service takes nothing over from the one before. So what is not named here comes
from the runtime as it is, members that no option knows included.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

DEFAULT_ENDPOINT: Final = "DEFAULT"  # every runtime has it; it follows the newest version
NEW: Final[Mapping[str, Any]] = {  # of a runtime that is new; the service asks for the first
    "networkConfiguration": {"networkMode": "PUBLIC"},
    "protocolConfiguration": {"serverProtocol": "HTTP"},
}


@dataclass(frozen=True)
class RuntimeSpec:
    """None: as it is, or as the service has it where the runtime is new. Empty: none of these."""

    name: str
    image: str | None = None
    role: str | None = None
    endpoint: str = DEFAULT_ENDPOINT
    description: str | None = None
    environment: Mapping[str, str] | None = None
    subnets: tuple[str, ...] | None = None
    security_groups: tuple[str, ...] | None = None
    protocol: str | None = None
    discovery_url: str | None = None
    clients: tuple[str, ...] | None = None
    audiences: tuple[str, ...] | None = None
    headers: tuple[str, ...] | None = None
    idle_seconds: int | None = None
    life_seconds: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def configuration(self, present: Mapping[str, Any] | None) -> dict[str, Any]:
        """The members of UpdateAgentRuntime, from those of the runtime as it is; None: it is new."""
        configuration: dict[str, Any] = copy.deepcopy(dict(NEW if present is None else present))
        if self.image is not None:
            configuration["agentRuntimeArtifact"] = {"containerConfiguration": {"containerUri": self.image}}
        for member, value in (("roleArn", self.role), ("description", self.description)):
            _set(configuration, member, value)
        if self.environment is not None:
            configuration["environmentVariables"] = dict(self.environment)
        if self.protocol is not None:
            configuration["protocolConfiguration"] = {"serverProtocol": self.protocol}
        if self.headers is not None:
            headers = {"requestHeaderAllowlist": list(self.headers)} if self.headers else {}
            _set(configuration, "requestHeaderConfiguration", headers)
        self._set_network(configuration)
        self._set_authorizer(configuration)
        self._set_lifecycle(configuration)
        return configuration

    def _set_network(self, configuration: dict[str, Any]) -> None:
        if self.subnets == ():
            configuration["networkConfiguration"] = {"networkMode": "PUBLIC"}
        elif self.subnets or self.security_groups:
            present = configuration.get("networkConfiguration", {}).get("networkModeConfig", {})
            own = _without_empty(
                {"subnets": list(self.subnets or ()), "securityGroups": list(self.security_groups or ())}
            )
            configuration["networkConfiguration"] = {"networkMode": "VPC", "networkModeConfig": present | own}

    def _set_authorizer(self, configuration: dict[str, Any]) -> None:
        if self.discovery_url == "":
            configuration.pop("authorizerConfiguration", None)
            return
        jwt = dict(configuration.get("authorizerConfiguration", {}).get("customJWTAuthorizer", {}))
        _set(jwt, "discoveryUrl", self.discovery_url)
        for member, values in (("allowedClients", self.clients), ("allowedAudience", self.audiences)):
            _set(jwt, member, None if values is None else list(values))
        if jwt:
            configuration["authorizerConfiguration"] = {"customJWTAuthorizer": jwt}

    def _set_lifecycle(self, configuration: dict[str, Any]) -> None:
        own = {"idleRuntimeSessionTimeout": self.idle_seconds, "maxLifetime": self.life_seconds}
        if times := {member: seconds for member, seconds in own.items() if seconds is not None}:
            configuration["lifecycleConfiguration"] = configuration.get("lifecycleConfiguration", {}) | times


def _set(members: dict[str, Any], member: str, value: Any) -> None:
    """None leaves it, what is empty takes it away: the service takes no empty text or list."""
    if value is None:
        return
    if value:
        members[member] = value
    else:
        members.pop(member, None)


def _without_empty(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
