"""The EC2 instances of the cluster: its machines, as EC2 shows, reboots, stops and starts them.

A request about any other instance is moto's. A machine that is rebooted, or stopped and started, comes back with a
kubelet and an agent that run; while it is away, both are down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.behaviour.kubelet.node import internal_ip
from sre_lab.behaviour.nodes import change_facts, instance_id
from sre_lab.scenario.cluster import NodeSpec
from sre_lab.world import World

Params = dict[str, Any]
MOVES_SECONDS: Final = 20.0  # until an instance is stopped, or boots
BOOTS_SECONDS: Final = 40.0  # until its kubelet and its agent run
CODES: Final = {"pending": 0, "running": 16, "stopping": 64, "stopped": 80}


@dataclass
class MachineStates:
    """What a machine is at, by its name, where it does not simply run; those that boot are `running` and not yet ok."""

    states: dict[str, str] = field(default_factory=dict)
    booting: set[str] = field(default_factory=set)


_states = PerWorld(MachineStates)


def answers(world: World, params: Params) -> bool:
    """Whether the request is about machines of the cluster alone."""
    ids = params.get("InstanceIds")
    if ids:
        ours = {instance_id(world.cluster, machine) for machine in world.cluster.machines}
        return set(ids) <= ours - {""}
    return bool(params.get("Filters")) and bool(_fitting(world, params))


def describe(world: World, params: Params) -> Params:
    return {"Reservations": [{"Instances": [_shape(world, machine)]} for machine in _fitting(world, params)]}


def describe_status(world: World, params: Params) -> Params:
    rows = []
    for machine in _fitting(world, params):
        state = _state(world, machine)
        if state != "running" and not params.get("IncludeAllInstances"):
            continue
        check = "initializing" if machine in _states.of(world).booting else "ok"
        check = check if state == "running" else "not-applicable"
        status = {"Status": check}
        name = {"Code": CODES[state], "Name": state}
        rows.append(
            {"InstanceId": _id(world, machine), "InstanceState": name, "InstanceStatus": status, "SystemStatus": status}
        )
    return {"InstanceStatuses": rows}


def reboot(world: World, params: Params) -> Params:
    for machine in _fitting(world, params):
        if _state(world, machine) != "running":
            raise _wrong_state(world, machine)
        _go_down(world, machine)
        _boot(world, machine)
    return {}


def stop(world: World, params: Params) -> Params:
    return {"StoppingInstances": [_move(world, one, "stopping", "stopped") for one in _fitting(world, params)]}


def start(world: World, params: Params) -> Params:
    return {"StartingInstances": [_move(world, one, "pending", "running") for one in _fitting(world, params)]}


OPERATIONS: Final[dict[str, Callable[[World, Params], Params]]] = {
    "DescribeInstances": describe,
    "DescribeInstanceStatus": describe_status,
    "RebootInstances": reboot,
    "StopInstances": stop,
    "StartInstances": start,
}


def _move(world: World, machine: str, by: str, to: str) -> Params:
    before = _state(world, machine)
    if before != to:
        _states.of(world).states[machine] = by
        _go_down(world, machine)
        world.clock.after(MOVES_SECONDS, partial(_arrive, world, machine, to))
    change = {"PreviousState": before, "CurrentState": _state(world, machine)}
    return {"InstanceId": _id(world, machine)} | {
        key: {"Code": CODES[state], "Name": state} for key, state in change.items()
    }


def _arrive(world: World, machine: str, state: str) -> None:
    _states.of(world).states[machine] = state
    if state == "running":
        _boot(world, machine)


def _go_down(world: World, machine: str) -> None:
    change_facts(world, machine, NodeSpec(kubelet="down", ssm_agent="down"))


def _boot(world: World, machine: str) -> None:
    _states.of(world).booting.add(machine)
    world.clock.after(BOOTS_SECONDS, partial(_come_up, world, machine))


def _come_up(world: World, machine: str) -> None:
    _states.of(world).booting.discard(machine)
    if _state(world, machine) == "running":
        change_facts(world, machine, NodeSpec(kubelet="up", ssm_agent="up"))


def _fitting(world: World, params: Params) -> list[str]:
    ids = params.get("InstanceIds") or []
    machines = [one for one in world.cluster.machines if _id(world, one) and (not ids or _id(world, one) in ids)]
    filters = [(one["Name"], one.get("Values") or []) for one in params.get("Filters") or []]
    return [one for one in machines if all(_fits(_facts(world, one).get(name), values) for name, values in filters)]


def _fits(value: str | None, patterns: Iterable[str]) -> bool:
    return value is not None and any(fnmatchcase(value, pattern) for pattern in patterns)


def _facts(world: World, machine: str) -> dict[str, str]:
    """What filters ask for."""
    return {
        "instance-id": _id(world, machine),
        "private-dns-name": machine,
        "instance-state-name": _state(world, machine),
        f"tag:kubernetes.io/cluster/{world.cluster.name}": "owned",
    }


def _shape(world: World, machine: str) -> Params:
    state, cluster = _state(world, machine), world.cluster
    node = world.objects.get("Node", "", machine) or {}
    labels = (node.get("metadata") or {}).get("labels") or {}
    return {
        "InstanceId": _id(world, machine),
        "InstanceType": cluster.facts(machine).instance_type or cluster.instance_type,
        "PrivateDnsName": machine,
        "PrivateIpAddress": internal_ip(node, default=""),
        "State": {"Code": CODES[state], "Name": state},
        "Placement": {"AvailabilityZone": labels.get("topology.kubernetes.io/zone", f"{cluster.region}a")},
        "Tags": [{"Key": f"kubernetes.io/cluster/{cluster.name}", "Value": "owned"}],
    }


def _state(world: World, machine: str) -> str:
    return _states.of(world).states.get(machine, "running")


def _id(world: World, machine: str) -> str:
    return instance_id(world.cluster, machine)


def _wrong_state(world: World, machine: str) -> AwsError:
    text = f"The instance {_id(world, machine)} is {_state(world, machine)}."
    return AwsError("IncorrectInstanceState", text)
