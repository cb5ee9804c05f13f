"""The endpoints of a runtime: names under which one of its versions is invoked."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.agentcore_control.account import (
    ACCOUNTS,
    MOVING_SECONDS,
    AgentCoreAccount,
    RuntimeEndpoint,
    RuntimeRecord,
    new_state,
)
from sre_lab.aws.errors import AwsError
from sre_lab.world import World


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    account, name = ACCOUNTS.of(world), params["name"]
    runtime = account.runtime(params["agentRuntimeId"])
    if name in runtime.endpoints:
        raise AwsError("ConflictException", f"Endpoint {name} of {runtime.id} already exists.", status=409)
    target = int(params.get("agentRuntimeVersion", runtime.version))
    endpoint = RuntimeEndpoint(name, new_state(world), target, description=params.get("description", ""))
    runtime.endpoints[name] = endpoint
    account.tags[_endpoint_arn(runtime, endpoint)] = dict(params.get("tags", {}))
    move(world, account, runtime, endpoint, "CREATE")
    return _endpoint(runtime, endpoint) | {"agentRuntimeId": runtime.id, "endpointName": name}


def update(world: World, params: dict[str, Any]) -> dict[str, Any]:
    account = ACCOUNTS.of(world)
    runtime = account.runtime(params["agentRuntimeId"])
    endpoint = _endpoint_of(runtime, params["endpointName"])
    endpoint.target = int(params.get("agentRuntimeVersion", runtime.version))
    move(world, account, runtime, endpoint, "UPDATE")
    return _endpoint(runtime, endpoint)


def get(world: World, params: dict[str, Any]) -> dict[str, Any]:
    runtime = ACCOUNTS.of(world).runtime(params["agentRuntimeId"])
    return _endpoint(runtime, _endpoint_of(runtime, params["endpointName"]))


def move(world: World, account: AgentCoreAccount, runtime: RuntimeRecord, endpoint: RuntimeEndpoint, verb: str) -> None:
    target = endpoint.target
    failure = runtime.state.reason or account.broken.pop(f"{runtime.name}/{endpoint.name}", "")

    def arrive() -> None:
        if endpoint.state.status == "READY":
            endpoint.live = target

    endpoint.state.begin(world, verb, MOVING_SECONDS, failure, arrive)


def _endpoint(runtime: RuntimeRecord, endpoint: RuntimeEndpoint) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "id": f"{endpoint.name}-{runtime.id.rpartition('-')[2]}",
        "agentRuntimeArn": runtime.arn,
        "agentRuntimeEndpointArn": _endpoint_arn(runtime, endpoint),
        "targetVersion": str(endpoint.target),
        **({"liveVersion": str(endpoint.live)} if endpoint.live else {}),
        **({"description": endpoint.description} if endpoint.description else {}),
        **endpoint.state.times(),
    }


def _endpoint_of(runtime: RuntimeRecord, name: str) -> RuntimeEndpoint:
    if name not in runtime.endpoints:
        raise AwsError("ResourceNotFoundException", f"Endpoint {name} of {runtime.id} was not found.", status=404)
    return runtime.endpoints[name]


def _endpoint_arn(runtime: RuntimeRecord, endpoint: RuntimeEndpoint) -> str:
    return f"{runtime.arn}/runtime-endpoint/{endpoint.name}"
