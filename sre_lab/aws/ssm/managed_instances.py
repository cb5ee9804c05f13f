"""Managed instances: the cluster's EC2 machines, as the agents on them report.

An agent reports each five minutes, whatever the machine's kubelet does: a node that is NotReady and still reports is a
machine that runs. A machine of a recording is not listed, as nobody knows what its agent said.
"""

from __future__ import annotations

from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.pages import page
from sre_lab.aws.ssm.state import of
from sre_lab.behaviour.kubelet.node import internal_ip
from sre_lab.behaviour.nodes import instance_id
from sre_lab.world import World

PING_SECONDS = 300.0  # between two reports of an agent
LOST_SECONDS = PING_SECONDS + 60.0  # of silence, after which the connection counts as lost
AGENT_VERSION = "3.3.1611.0"
LEAST, MOST = 5, 50  # of MaxResults
FILTERS = {
    "InstanceIds": "InstanceId",
    "PingStatus": "PingStatus",
    "PlatformTypes": "PlatformType",
    "AgentVersion": "AgentVersion",
    "ResourceType": "ResourceType",
}


def start(world: World) -> None:
    """Let the agents report from now on."""
    _ping(world)
    world.clock.every(PING_SECONDS, lambda: _ping(world))


def _ping(world: World) -> None:
    pings, now = of(world).pings, world.clock.now()
    for machine in world.cluster.machines:
        id_ = instance_id(world.cluster, machine)
        if id_ and world.cluster.facts(machine).ssm_agent == "up":
            pings[id_] = now


def describe(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """DescribeInstanceInformation: by id; both forms of filters."""
    size = params.get("MaxResults")
    if size is not None and not LEAST <= int(size) <= MOST:
        raise AwsError("ValidationException", f"MaxResults must be between {LEAST} and {MOST}, not {size}.")
    filters = [(f["Key"], f["Values"]) for f in params.get("Filters") or []]
    filters += [(f["key"], f["valueSet"]) for f in params.get("InstanceInformationFilterList") or []]
    for key, _ in filters:
        if key not in FILTERS:
            raise AwsError("InvalidFilterKey", f"{key} is no filter here. Filters: {', '.join(FILTERS)}.")
    instances = [_shape(world, machine) for machine in world.cluster.machines if instance_id(world.cluster, machine)]
    instances = [one for one in instances if one and all(one[FILTERS[key]] in values for key, values in filters)]
    return page(
        sorted(instances, key=lambda one: str(one["InstanceId"])), params, "InstanceInformationList", default=MOST
    )


def _shape(world: World, machine: str) -> dict[str, Any]:
    """What is told of a machine; nothing where its agent has never reported."""
    id_ = instance_id(world.cluster, machine)
    ping = of(world).pings.get(id_)
    if ping is None:
        return {}
    node = world.objects.get("Node", "", machine) or {}
    system, _, version = str(((node.get("status") or {}).get("nodeInfo") or {}).get("osImage", "")).partition(" 12")
    address = internal_ip(node, default="")
    return {
        "InstanceId": id_,
        "PingStatus": "Online" if world.clock.now() - ping <= LOST_SECONDS else "ConnectionLost",
        "LastPingDateTime": ping,
        "AgentVersion": AGENT_VERSION,
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        **({"PlatformName": system, "PlatformVersion": f"12{version}"} if system else {}),
        "ResourceType": "EC2Instance",
        **({"IPAddress": address} if address else {}),
        "ComputerName": machine,
        "SourceId": id_,
        "SourceType": "AWS::EC2::Instance",
    }
