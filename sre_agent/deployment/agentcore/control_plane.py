"""The runtimes of an account and their endpoints, as the control plane of AgentCore has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sre_agent.deployment.agentcore.account import CONTROL, DeploymentAccount
from sre_agent.deployment.agentcore.members import updatable
from sre_agent.errors import AbsentError

PAGE: Final = 100  # the most that a page of runtimes holds
READY: Final = "READY"
UNDER_WAY: Final = frozenset({"CREATING", "UPDATING", "DELETING"})


@dataclass(frozen=True)
class DeployedRuntime:
    """`configuration` has the members of UpdateAgentRuntime; `reason` says why the state is a failed one."""

    id: str
    arn: str
    name: str
    version: str
    status: str
    reason: str
    configuration: Mapping[str, Any]

    @property
    def is_under_way(self) -> bool:
        return self.status in UNDER_WAY


@dataclass(frozen=True)
class DeployedEndpoint:
    """It shows the version `live`, and moves to `target`. Both are empty before it shows anything."""

    name: str
    status: str
    reason: str
    target: str
    live: str

    def shows(self, version: str) -> bool:
        return self.status == READY and self.live == version

    def is_under_way(self, version: str) -> bool:
        """Whether it may yet come to show this version. It can be ready with the one before for a moment."""
        return self.status in UNDER_WAY or (self.status == READY and self.live not in ("", version))


class RuntimeControlPlane:
    """Blocks. Each method raises what `DeploymentAccount.ask` raises; one that reads answers None for the absent."""

    def __init__(self, account: DeploymentAccount) -> None:
        self._ask = partial(account.ask, CONTROL)

    def runtime_named(self, name: str) -> DeployedRuntime | None:
        """Names are unique in an account and region."""
        page: dict[str, Any] = {}
        while True:
            more = {"nextToken": page["nextToken"]} if page else {}
            page = self._ask("list_agent_runtimes", maxResults=PAGE, **more)
            for one in page["agentRuntimes"]:
                if one["agentRuntimeName"] == name:
                    return self.runtime(one["agentRuntimeId"])
            if not page.get("nextToken"):
                return None

    def runtime(self, runtime_id: str) -> DeployedRuntime | None:
        try:
            answer = self._ask("get_agent_runtime", agentRuntimeId=runtime_id)
        except AbsentError:
            return None
        return DeployedRuntime(
            id=answer["agentRuntimeId"],
            arn=answer["agentRuntimeArn"],
            name=answer["agentRuntimeName"],
            version=answer["agentRuntimeVersion"],
            status=answer["status"],
            reason=answer.get("failureReason", ""),
            configuration={name: answer[name] for name in updatable() & answer.keys() if answer[name]},
        )

    def create(self, name: str, configuration: Mapping[str, Any], tags: Mapping[str, str], token: str) -> str:
        """The id of the new runtime. The same token is the same request."""
        own_tags = {"tags": dict(tags)} if tags else {}
        answer = self._ask(
            "create_agent_runtime", agentRuntimeName=name, clientToken=token, **own_tags, **dict(configuration)
        )
        return str(answer["agentRuntimeId"])

    def update(self, runtime_id: str, configuration: Mapping[str, Any], token: str) -> None:
        self._ask("update_agent_runtime", agentRuntimeId=runtime_id, clientToken=token, **dict(configuration))

    def endpoint(self, runtime_id: str, name: str) -> DeployedEndpoint | None:
        try:
            answer = self._ask("get_agent_runtime_endpoint", agentRuntimeId=runtime_id, endpointName=name)
        except AbsentError:
            return None
        return DeployedEndpoint(
            name=answer["name"],
            status=answer["status"],
            reason=answer.get("failureReason", ""),
            target=answer.get("targetVersion", ""),
            live=answer.get("liveVersion", ""),
        )

    def create_endpoint(self, runtime_id: str, name: str, version: str, tags: Mapping[str, str], token: str) -> None:
        own_tags = {"tags": dict(tags)} if tags else {}
        self._ask(
            "create_agent_runtime_endpoint",
            agentRuntimeId=runtime_id,
            name=name,
            agentRuntimeVersion=version,
            clientToken=token,
            **own_tags,
        )

    def update_endpoint(self, runtime_id: str, name: str, version: str, token: str) -> None:
        self._ask(
            "update_agent_runtime_endpoint",
            agentRuntimeId=runtime_id,
            endpointName=name,
            agentRuntimeVersion=version,
            clientToken=token,
        )

    def tags(self, arn: str) -> dict[str, str]:
        return dict(self._ask("list_tags_for_resource", resourceArn=arn).get("tags", {}))

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        self._ask("tag_resource", resourceArn=arn, tags=dict(tags))
