"""Who answers when a pod asks for a name: the policy of its template, how its resolver completes a name, and what the
cluster's name server serves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.connection.api import Api, ApiError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.revisions import revisions
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

PLACE: Final = "kube-system"
CONFIG: Final = "coredns"
DOMAIN: Final = "cluster.local"
NDOTS: Final = 5  # with fewer dots than this the kubelet lets a pod complete a name by the cluster's search list
_INSIDE: Final = re.compile(r"\.svc\.([a-z0-9.-]+[a-z0-9])")
_PLUGIN: Final = re.compile(r"^\s*kubernetes\s+([^{}\n]*)", re.M)
_BLOCK: Final = re.compile(r"^([^\s{}#][^{}#\n]*)\{", re.M)


def policy(template: Obj) -> str:
    """Default or None where pods of this template do not ask the cluster's name server; else ClusterFirst."""
    dns_policy = str(o.spec(template).get("dnsPolicy") or "ClusterFirst")
    if dns_policy == "ClusterFirst" and o.spec(template).get("hostNetwork"):
        return "Default"  # pods in the node's network get its resolver unless they ask for the other
    return dns_policy if dns_policy in ("Default", "None") else "ClusterFirst"


def ndots(template: Obj) -> int:
    """How many dots a name has that pods of this template ask for as it stands, before any search list."""
    for option in (o.spec(template).get("dnsConfig") or {}).get("options") or []:
        if option.get("name") == "ndots" and str(option.get("value", "")).isdecimal():
            return int(option["value"])
    return NDOTS


def is_unsearched(asker: Obj, host: str) -> bool:
    """Whether the settings of a pod alone keep its resolver from completing a name by the cluster's search list."""
    return ndots(asker) <= host.count(".") < NDOTS and not host.endswith(f".{domain(asker)}")


def _manner(template: Obj) -> str:
    """ClusterFirst where names are looked up as everywhere in the cluster, else what is different."""
    dns_policy, dots = policy(template), ndots(template)
    return f"ndots {dots}" if dns_policy == "ClusterFirst" and dots < NDOTS else dns_policy


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """That the pods ask elsewhere, or for names as they stand, with what the revision before did."""
    if _manner(tree.template) == "ClusterFirst":
        return
    earlier = [_manner(r.template) for r in revisions(tree)[1:2]]
    servers = (o.spec(tree.template).get("dnsConfig") or {}).get("nameservers") or []
    attributes = {
        "policy": policy(tree.template),
        "servers": [str(s) for s in servers],
        "before": earlier[0] if earlier else "",
        "ndots": ndots(tree.template),
    }
    yield Observation(code="workload.dns_elsewhere", subject=tree.subject, attributes=attributes)


def corefile(api: Api) -> str:
    """The text of the name server's configuration; empty where there is none or it may not be read. Raises
    TeachingError where the cluster does not answer for a while."""
    try:
        answer = api.get(KINDS["ConfigMap"].path(PLACE, CONFIG), request=f"get configmap {PLACE}/{CONFIG}")
    except ApiError as problem:
        if problem.refusal.is_transient:
            raise
        return ""
    return str((answer.body.get("data") or {}).get("Corefile") or "")


def unserved(text: str, scope: str, asker: Obj) -> Observation | None:
    """That no block of a Corefile answers for the names that `asker`, a pod or template, asks for."""
    zones = cluster_zones(text)
    cluster_domain = domain(asker)
    if (
        not text
        or not zones
        or any(cluster_domain == zone or cluster_domain.endswith(f".{zone}") for zone in zones if zone)
    ):
        return None
    about = Subject(scope=scope, kind="ConfigMap", namespace=PLACE, name=CONFIG)
    forward_zones = [zone for zone in zones if not zone.endswith(".arpa")]
    return Observation(
        code="dns.zone_unserved",
        subject=about,
        attributes={"zones": forward_zones, "wanted": cluster_domain},
        excerpt=next((line.strip() for line in text.splitlines() if line.strip().startswith("kubernetes ")), ""),
    )


def cluster_zones(text: str) -> list[str]:
    """The zones for which a Corefile asks Kubernetes: those that the plugin names, else those of its block."""
    plain = re.sub(r"#.*", "", text)
    zones = [zone for match in _PLUGIN.finditer(plain) for zone in match[1].split()]
    if zones or not _PLUGIN.search(plain):
        return [zone.rstrip(".") for zone in zones] or (["-"] if plain.strip() else [])
    blocks = [zone.rpartition("://")[2].split(":")[0] for match in _BLOCK.finditer(plain) for zone in match[1].split()]
    return [DOMAIN if zone in (".", "") else zone.rstrip(".") for zone in blocks]


def domain(asker: Obj) -> str:
    """The domain of the cluster's names, as the variables and arguments of a pod use it; else the usual one."""
    for _, container in o.containers(asker):
        values = [str(v.get("value") or "") for v in container.get("env") or []]
        for text in (*values, *map(str, container.get("args") or []), *map(str, container.get("command") or [])):
            if match := _INSIDE.search(text):
                return match[1]
    return DOMAIN
