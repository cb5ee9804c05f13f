"""Records of the cloud's own logs that tell no error in their words: flow logs of networks, and trails of API calls."""

from __future__ import annotations

import json
import re
from typing import Final

Found = tuple[str, dict[str, str]]

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


def flow(line: str) -> Found | None:
    """A refused packet in a VPC flow log of the default format."""
    found = _FLOW.match(line)
    return ("log.flow_rejected", {"target": found["target"], "port": found["port"]}) if found else None


def trail(line: str) -> Found | None:
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
    asked = record.get("requestParameters") or {}
    who = record.get("userIdentity") or {}
    resource = next((str(asked[name]) for name in _RESOURCES if asked.get(name)), "")
    return "log.network_changed", {"event": event, "by": str(who.get("arn") or ""), "resource": resource}


CARRIED: Final = (flow, trail)
