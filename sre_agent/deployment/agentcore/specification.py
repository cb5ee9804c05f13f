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
        wanted: dict[str, Any] = copy.deepcopy(dict(NEW if present is None else present))
        if self.image is not None:
            wanted["agentRuntimeArtifact"] = {"containerConfiguration": {"containerUri": self.image}}
        for member, value in (("roleArn", self.role), ("description", self.description)):
            _set(wanted, member, value)
        if self.environment is not None:
            wanted["environmentVariables"] = dict(self.environment)
        if self.protocol is not None:
            wanted["protocolConfiguration"] = {"serverProtocol": self.protocol}
        if self.headers is not None:
            _set(wanted, "requestHeaderConfiguration", _filled({"requestHeaderAllowlist": list(self.headers)}))
        self._set_network(wanted)
        self._set_authorizer(wanted)
        self._set_lifecycle(wanted)
        return wanted

    def _set_network(self, wanted: dict[str, Any]) -> None:
        if self.subnets == ():
            wanted["networkConfiguration"] = {"networkMode": "PUBLIC"}
        elif self.subnets or self.security_groups:
            present = wanted.get("networkConfiguration", {}).get("networkModeConfig", {})
            own = _filled({"subnets": list(self.subnets or ()), "securityGroups": list(self.security_groups or ())})
            wanted["networkConfiguration"] = {"networkMode": "VPC", "networkModeConfig": present | own}

    def _set_authorizer(self, wanted: dict[str, Any]) -> None:
        if self.discovery_url == "":
            wanted.pop("authorizerConfiguration", None)
            return
        jwt = dict(wanted.get("authorizerConfiguration", {}).get("customJWTAuthorizer", {}))
        _set(jwt, "discoveryUrl", self.discovery_url)
        for member, values in (("allowedClients", self.clients), ("allowedAudience", self.audiences)):
            _set(jwt, member, None if values is None else list(values))
        if jwt:
            wanted["authorizerConfiguration"] = {"customJWTAuthorizer": jwt}

    def _set_lifecycle(self, wanted: dict[str, Any]) -> None:
        own = {"idleRuntimeSessionTimeout": self.idle_seconds, "maxLifetime": self.life_seconds}
        if given := {member: seconds for member, seconds in own.items() if seconds is not None}:
            wanted["lifecycleConfiguration"] = wanted.get("lifecycleConfiguration", {}) | given


def _set(members: dict[str, Any], member: str, value: Any) -> None:
    """None leaves it, what is empty takes it away: the service takes no empty text or list."""
    if value is None:
        return
    if value:
        members[member] = value
    else:
        members.pop(member, None)


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
