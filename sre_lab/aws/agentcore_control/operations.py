"""The operations of the control plane that a deployment needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sre_lab.aws import rest
from sre_lab.aws.agentcore_control import acceptance, endpoints
from sre_lab.aws.agentcore_control.account import (
    ACCOUNTS,
    DEFAULT,
    MAKING_SECONDS,
    AgentCoreAccount,
    RuntimeEndpoint,
    RuntimeRecord,
    new_state,
    new_suffix,
)
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]
DEFAULTS: Final = {
    "networkConfiguration": {"networkMode": "PUBLIC"},
    "protocolConfiguration": {"serverProtocol": "HTTP"},
}
LIFECYCLE: Final = {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800}
APART: Final = ("agentRuntimeName", "agentRuntimeId", "clientToken", "tags")  # members that are no configuration
PAGE: Final = 10  # at most, whatever is asked for: a page may hold less than maxResults


def _create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    account, name = ACCOUNTS.of(world), params["agentRuntimeName"]
    if account.named(name) is not None:
        raise AwsError("ConflictException", f"An agent with the specified name {name} already exists.", status=409)
    configuration = _configuration(params)
    acceptance.check(account, world.cluster.region, configuration)
    runtime_id = f"{name}-{new_suffix(world)}"
    runtime = RuntimeRecord(runtime_id, name, _arn(world, runtime_id), configuration, new_state(world))
    account.runtimes[runtime_id] = runtime
    account.tags[runtime.arn] = dict(params.get("tags", {}))
    runtime.endpoints[DEFAULT] = RuntimeEndpoint(DEFAULT, new_state(world), 1)
    _begin(world, account, runtime, "CREATE")
    return _summary(runtime)


def _update(world: World, params: dict[str, Any]) -> dict[str, Any]:
    account = ACCOUNTS.of(world)
    runtime = account.runtime(params["agentRuntimeId"])
    if runtime.state.status.endswith("ING") or runtime.state.status == "CREATE_FAILED":
        message = f"Agent runtime {runtime.id} cannot be updated while it is {runtime.state.status}."
        raise AwsError("ConflictException", message, status=409)
    configuration = _configuration(params)
    acceptance.check(account, world.cluster.region, configuration)
    runtime.configuration, runtime.version = configuration, runtime.version + 1
    _begin(world, account, runtime, "UPDATE")
    return _summary(runtime)


def _get(world: World, params: dict[str, Any]) -> dict[str, Any]:
    runtime = ACCOUNTS.of(world).runtime(params["agentRuntimeId"])
    return _summary(runtime) | runtime.configuration | {"agentRuntimeName": runtime.name}


def _list(world: World, params: dict[str, Any]) -> dict[str, Any]:
    runtimes = [_summary(one) | {"agentRuntimeName": one.name} for one in ACCOUNTS.of(world).runtimes.values()]
    return _page("agentRuntimes", runtimes, params)


def _tag(world: World, params: dict[str, Any]) -> dict[str, Any]:
    _tags(world, params["resourceArn"]).update(params["tags"])
    return {}


def _list_tags(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"tags": _tags(world, params["resourceArn"])}


def _serve(name: str, operation: Operation, world: World, params: dict[str, Any]) -> dict[str, Any]:
    """An operation behind what holds for all: rights, the model, and that one client token is one request."""
    account = ACCOUNTS.of(world)
    if name in account.denied:
        who = f"arn:aws:sts::{world.cluster.account}:assumed-role/deployer/ci"
        message = f"User: {who} is not authorized to perform: bedrock-agentcore:{name}"
        raise AwsError("AccessDeniedException", message, status=403)
    rest.check("agentcore", name, params)
    token = (name, str(params.get("clientToken", "")))
    if token[1] and token in account.answers:
        return account.answers[token]
    answer = operation(world, params)
    if token[1]:
        account.answers[token] = answer
    return answer


OPERATIONS: Final[dict[str, Operation]] = {
    name: partial(_serve, name, operation)
    for name, operation in {
        "CreateAgentRuntime": _create,
        "UpdateAgentRuntime": _update,
        "GetAgentRuntime": _get,
        "ListAgentRuntimes": _list,
        "CreateAgentRuntimeEndpoint": endpoints.create,
        "UpdateAgentRuntimeEndpoint": endpoints.update,
        "GetAgentRuntimeEndpoint": endpoints.get,
        "TagResource": _tag,
        "ListTagsForResource": _list_tags,
    }.items()
}


def _begin(world: World, account: AgentCoreAccount, runtime: RuntimeRecord, verb: str) -> None:
    """The endpoint DEFAULT follows as soon as the version is ready."""
    default = runtime.endpoints[DEFAULT]
    default.target = runtime.version
    default.state.status = "CREATING" if verb == "CREATE" else "UPDATING"

    def follow() -> None:
        endpoints.move(world, account, runtime, default, verb)

    failure = account.broken.pop(runtime.name, "")
    runtime.state.begin(world, verb, MAKING_SECONDS, failure, follow)


def _configuration(params: dict[str, Any]) -> dict[str, Any]:
    """A version is whole: what is not given has its default, whatever it was in the version before."""
    members = {name: value for name, value in params.items() if name not in APART}
    return DEFAULTS | members | {"lifecycleConfiguration": LIFECYCLE | members.get("lifecycleConfiguration", {})}


def _summary(runtime: RuntimeRecord) -> dict[str, Any]:
    names = {"agentRuntimeId": runtime.id, "agentRuntimeArn": runtime.arn, "agentRuntimeVersion": str(runtime.version)}
    identity = {"workloadIdentityArn": f"{runtime.arn}/workload-identity"}
    return {**names, "workloadIdentityDetails": identity, **runtime.state.times()}


def _tags(world: World, arn: str) -> dict[str, str]:
    tags = ACCOUNTS.of(world).tags
    if arn not in tags:
        raise AwsError("ResourceNotFoundException", f"{arn} was not found.", status=404)
    return tags[arn]


def _page(name: str, items: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
    start, size = int(params.get("nextToken", 0)), min(PAGE, params.get("maxResults", PAGE))
    more = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return {name: items[start : start + size], **more}


def _arn(world: World, runtime_id: str) -> str:
    return f"arn:aws:bedrock-agentcore:{world.cluster.region}:{world.cluster.account}:runtime/{runtime_id}"
