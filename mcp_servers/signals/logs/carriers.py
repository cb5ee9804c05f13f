"""Records of the cloud's own logs that tell no error in their words: flow logs of networks, trails of API calls, and
what Lambda writes about a function's runs."""

from __future__ import annotations

import json
import re
from typing import Final

SignMatch = tuple[str, dict[str, str]]

# version account interface source target sourceport targetport protocol packets bytes start end action status
_FLOW: Final = re.compile(
    r"^\s*\d+ \S+ eni-\w+ (?P<source>[\d.:a-f]+) (?P<target>[\d.:a-f]+) \d+ (?P<port>\d+) \d+ \d+ \d+ \d+ \d+ REJECT\b"
)
_NETWORK: Final = re.compile(
    r"^(?:(?:Authorize|Revoke)SecurityGroup(?:In|E)gress|ModifySecurityGroupRules|DeleteSecurityGroup"
    r"|(?:Create|Replace|Delete)(?:NetworkAcl(?:Entry|Association)?|Route(?:TableAssociation)?)|DisassociateRouteTable"
    r"|ModifyNetworkInterfaceAttribute|Delete(?:NatGateway|VpcEndpoints|VpcPeeringConnection|TransitGatewayRoute)"
    r"|DetachInternetGateway|ModifyVpcEndpoint)$"
)
_RESOURCES: Final = ("groupId", "networkAclId", "routeTableId", "natGatewayId", "vpcEndpointId", "networkInterfaceId")
_FRAME: Final = re.compile(r"(?:START|END|REPORT) RequestId: [0-9a-f-]{8,}\b|INIT_START Runtime Version: ")
_TIMED_OUT: Final = re.compile(r"\bTask timed out after (\d+(?:\.\d+)?) seconds?\b")
_REPORTED: Final = re.compile(r"\"type\": ?\"platform\.report\".*\"status\": ?\"timeout\"", re.S)
_TOOK: Final = re.compile(r"\"durationMs\": ?(\d+(?:\.\d+)?)")


def flow(line: str) -> SignMatch | None:
    """A refused packet in a VPC flow log of the default format."""
    match = _FLOW.match(line)
    return ("log.flow_rejected", {"target": match["target"], "port": match["port"]}) if match else None


def trail(line: str) -> SignMatch | None:
    """A CloudTrail record of a change to security groups, network ACLs, routes or gateways that succeeded."""
    if '"eventName"' not in line or not line.lstrip().startswith("{"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    record = record.get("detail") or record
    event = str(record.get("eventName") or "")
    if not _NETWORK.match(event) or record.get("errorCode"):
        return None
    parameters = record.get("requestParameters") or {}
    who = record.get("userIdentity") or {}
    resource = next((str(parameters[name]) for name in _RESOURCES if parameters.get(name)), "")
    return "log.network_changed", {"event": event, "by": str(who.get("arn") or ""), "resource": resource}


def is_frame(line: str) -> bool:
    """Whether Lambda wrote it around a run: what went wrong with the run stands in a line of its own."""
    return bool(_FRAME.match(line))


def function_run(line: str) -> SignMatch | None:
    """A run of a function that Lambda ended at the timeout."""
    if match := _TIMED_OUT.search(line):
        return "log.timed_out", {"seconds": match[1]}
    if not _REPORTED.search(line):
        return None
    duration = _TOOK.search(line)
    return "log.timed_out", {"seconds": f"{float(duration[1]) / 1000:.2f}" if duration else ""}


CARRIED: Final = (flow, trail, function_run)
