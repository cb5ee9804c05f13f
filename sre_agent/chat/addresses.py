"""What in the cluster has an IP address: a Service, a pod, a node."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat.lookup_session import LookupSession, enumeration, subjects_in
from sre_agent.chat.memory import unread
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup, ResolvedEntity

_COLUMNS: Final = {
    "Service": ("address", "status.loadBalancer.ingress.ip", "spec.externalIPs"),
    "Pod": ("address",),
    "Node": ("status.addresses.address",),
}
_MOST: Final = 6  # things with one address: pods on the network of their node share that of the node


async def holder_of_address(lookups: LookupSession, address: str) -> Lookup:
    """The thing that has the address; the choice where several have it."""
    holders: list[Subject] = []
    for kind, columns in _COLUMNS.items():
        for column in columns:
            where = [{"column": column, "is": address}]
            evidence = await lookups.select(kind, where=where, columns=["name"], limit=_MOST)
            if evidence.answer is None and not holders:  # whether something there has it is not known
                return unread(evidence, address)
            holders += subjects_in(evidence, kind)
    short = tuple(one.short for one in holders)
    if not holders:
        return AbsentEntity(address, says=f"No Service, pod or node of the cluster has the address {address} now.")
    if len(holders) > 1 and holders[0].kind != "Service":
        return AmbiguousEntity(address, short, says=f"{enumeration(short)} have the address {address}. Which one?")
    return ResolvedEntity(holders[0], note=f"{address} is an address of {holders[0].short}.")
