"""How a runtime differs from what it is to be: what would change, to be shown before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sre_agent.deployment.agentcore import members
from sre_agent.deployment.agentcore.account import DeploymentAccount
from sre_agent.deployment.agentcore.control_plane import (
    READY,
    DeployedEndpoint,
    DeployedRuntime,
    RuntimeControlPlane,
)
from sre_agent.deployment.agentcore.prerequisites import Unmet, unmet
from sre_agent.deployment.agentcore.specification import DEFAULT_ENDPOINT, RuntimeSpec
from sre_agent.errors import PermanentError

NEWEST: Final = "the new version"
UNUSABLE: Final = ("CREATE_FAILED", "DELETE_FAILED")
DELETE: Final = "aws bedrock-agentcore-control delete-agent-runtime --agent-runtime-id"


@dataclass(frozen=True)
class DeploymentChange:
    """`before` and `after` are texts for people; empty: it is not set."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class DeploymentPlan:
    """`changes` need a new version of the runtime, the others do not. `unmet` has what stands in their way."""

    spec: RuntimeSpec
    present: DeployedRuntime | None
    endpoint: DeployedEndpoint | None
    configuration: Mapping[str, Any]
    changes: tuple[DeploymentChange, ...]
    tags: tuple[DeploymentChange, ...]
    move: tuple[DeploymentChange, ...]
    unmet: tuple[Unmet, ...]

    @property
    def all_changes(self) -> tuple[DeploymentChange, ...]:
        return (*self.changes, *self.tags, *self.move)


def make_plan(account: DeploymentAccount, spec: RuntimeSpec) -> DeploymentPlan:
    """Only looks. Raises BadInputError for what the service's model does not allow, PermanentError for a runtime that
    can only be deleted, and what `DeploymentAccount.ask` raises."""
    control = RuntimeControlPlane(account)
    present = control.runtime_named(spec.name)
    if present is not None and present.status in UNUSABLE:
        raise PermanentError(failure(present))
    configuration = spec.configuration(None if present is None else present.configuration)
    _check(spec, present, configuration)
    changes = _changes(present, configuration)
    endpoint = None if present is None else control.endpoint(present.id, spec.endpoint)
    tags = {} if present is None or not spec.tags else control.tags(present.arn)
    return DeploymentPlan(
        spec=spec,
        present=present,
        endpoint=endpoint,
        configuration=configuration,
        changes=changes,
        tags=_differences({f"tag {name}": text for name, text in tags.items()}, _tags(spec)),
        move=_move(spec, present, endpoint, has_new_version=bool(changes)),
        unmet=tuple(unmet(account, configuration)) if changes else (),
    )


def failure(runtime: DeployedRuntime) -> str:
    """Why a runtime is not ready, and what to do."""
    reason = f"The runtime {runtime.name} is {runtime.status}: {runtime.reason or 'AWS says no more'}."
    if runtime.status in UNUSABLE:
        return f"{reason} Set that right, delete it ({DELETE} {runtime.id}), and deploy again."
    return f"{reason} Set that right, and deploy again; endpoints of your own still show the version before."


def _check(spec: RuntimeSpec, present: DeployedRuntime | None, configuration: Mapping[str, Any]) -> None:
    if present is None:
        tags = {"tags": dict(spec.tags)} if spec.tags else {}
        members.check("CreateAgentRuntime", {"agentRuntimeName": spec.name, **configuration, **tags})
    else:
        members.check("UpdateAgentRuntime", {"agentRuntimeId": present.id, **configuration})
    endpoint_of = present.id if present is not None else "new-0123456789"
    members.check("CreateAgentRuntimeEndpoint", {"agentRuntimeId": endpoint_of, "name": spec.endpoint})


def _changes(present: DeployedRuntime | None, configuration: Mapping[str, Any]) -> tuple[DeploymentChange, ...]:
    before = {} if present is None else members.leaves(present.configuration)
    changes = _differences(before, members.leaves(configuration), is_whole=True)
    if present is None:
        return (DeploymentChange("runtime", "", "new"), *changes)
    if present.status != READY and not present.is_under_way and not changes:
        return (DeploymentChange("state", f"{present.status}: {present.reason}", READY),)  # the same once more
    return changes


def _differences(
    before: Mapping[str, str], after: Mapping[str, str], *, is_whole: bool = False
) -> tuple[DeploymentChange, ...]:
    """`is_whole`: what is not in `after` goes."""
    names = [*before, *(name for name in after if name not in before)] if is_whole else list(after)
    return tuple(
        DeploymentChange(name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )


def _tags(spec: RuntimeSpec) -> dict[str, str]:
    return {f"tag {name}": text for name, text in spec.tags.items()}


def _move(
    spec: RuntimeSpec, present: DeployedRuntime | None, endpoint: DeployedEndpoint | None, *, has_new_version: bool
) -> tuple[DeploymentChange, ...]:
    """What becomes of the endpoint; DEFAULT follows by itself."""
    if spec.endpoint == DEFAULT_ENDPOINT:
        return ()
    now = "" if endpoint is None else f"version {endpoint.live}" if endpoint.live else endpoint.status
    then = NEWEST if has_new_version or present is None else f"version {present.version}"
    if endpoint is not None and present is not None and not has_new_version and endpoint.shows(present.version):
        return ()
    return (DeploymentChange(f"endpoint {spec.endpoint}", now, then),)
