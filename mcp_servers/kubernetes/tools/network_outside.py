"""The way from a workload to a bare address: nothing is known of who is there, and the policies that let the workload
out, or let nothing out, can be read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, Final, Literal

from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation, Subject
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.network_policies import TrafficEnd, about, policy_effect, types
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import compact, read
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, by_name, gather, top
from mcp_servers.serving.errors import TeachingError

_ADDRESS: Final = re.compile(r"(?P<host>[\w-]+(?:\.[\w-]+)+|\[[0-9a-f:]+\])(?::(?P<port>\d{1,5}))?", re.I)
Rules = Literal["yes", "no", "unknown"]


def address(target: str) -> tuple[str, int] | None:
    """Host and port (0: none is said) of a target that is not a `namespace/name`."""
    match = _ADDRESS.fullmatch(target.strip())
    return (match["host"].strip("[]"), int(match["port"] or 0)) if match else None


def answer(api: Api, source: tuple[str, str], host: str, port: int) -> Answer:
    """Whether the egress policies over `source` (namespace, name) let it reach an address outside what is known."""
    namespace, name = source
    lists = read(api, namespace, (*CONTROLLERS, "Pod", "NetworkPolicy"), required=["Pod", "NetworkPolicy"])
    assert lists.as_of is not None
    workload = by_name(name, "", lists)
    if workload is None:
        raise TeachingError(
            "not_found", f"source {namespace}/{name}", "it does not exist.", "kubectl_find looks names up."
        )
    tree = gather(top(workload, lists), lists, api.name, lists.as_of)
    pods = [pod for pod in tree.pods if not o.is_over(pod)]
    body = pods[0] if pods else {"metadata": {"namespace": namespace, "labels": o.labels(o.template(tree.root))}}
    over = [p for p in lists.of("NetworkPolicy") if "Egress" in types(p) and about(p, body)]
    verdict = _verdict(over, body, host, port)
    names = ", ".join(o.name(policy) for policy in over)
    detail = {
        "yes": f"no policy blocks its egress ({names})" if names else "no policy applies to its egress",
        "no": f"no rule of {names} allows it",
        "unknown": f"the rules of {names} select pods, and it is unknown whose address this is",
    }[verdict]
    denied = verdict == "no"
    return Answer(
        text=f"{namespace}/{name} to {host}{f' port {port}' if port else ''}: {detail}.",
        as_of=lists.as_of,
        data={"hops": [{"what": "egress policies", "holds": verdict, "detail": detail}], "breaks": names * denied},
        observations=_denying(over, tree.subject, host, port) if denied else [],
        relations=[Relation(kind="guards", source=o.subject(api.name, p), target=tree.subject) for p in over],
        coverage=[*compact(lists.coverage), _unread(host)],
    )


def _verdict(over: Sequence[Obj], body: Obj, host: str, port: int) -> Rules:
    """`unknown` where a rule names pods and the address may be one of theirs or a Service's, or addresses where only a
    name is known."""
    if not over:
        return "yes"
    if policy_effect(over, "egress", TrafficEnd(body), TrafficEnd({}, address=_numeric(host)), port).allowed:
        return "yes"
    rules = [rule for policy in over for rule in o.spec(policy).get("egress") or []]
    blocks = [peer for rule in rules for peer in rule.get("to") or []]
    certain = all(bool(_numeric(host)) if "ipBlock" in peer else _is_outside(host) for peer in blocks)
    return "no" if certain and (port or not any(rule.get("ports") for rule in rules)) else "unknown"


def _is_outside(host: str) -> bool:
    """Whether no pod can be meant: pods and Services have private addresses, and names in the cluster's zone."""
    if number := _numeric(host):
        return ip_address(number).is_global
    return not host.rstrip(".").endswith((".svc", ".local")) and ".svc." not in host


def _numeric(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return ""


def _denying(over: Sequence[Obj], target: Subject, peer: str, port: int) -> list[Observation]:
    created = {o.name(policy): o.created_at(policy) for policy in over}
    newest = max((t for t in created.values() if t is not None), default=None)
    lets_out = any(o.spec(policy).get("egress") for policy in over)
    attributes: dict[str, Any] = {"direction": "egress", "port": port, "target": target.short, "peer": peer}
    return [
        Observation(
            code="policy.denies",
            subject=o.subject(target.scope, policy),
            at=created[o.name(policy)],
            attributes={
                **attributes,
                "latest": created[o.name(policy)] == newest,
                "everything": not lets_out,
                "outside": _is_outside(peer),
            },
        )
        for policy in over
    ]


def _unread(host: str) -> Coverage:
    return Coverage(
        looked_at=f"what is at {host}", state="partial", detail="only the policies in the source's namespace are read"
    )
