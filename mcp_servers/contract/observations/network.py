"""What is seen of Services, routes, names and policies between workloads."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    REPORTED,
    TROUBLE,
    WELL,
    ObservationType,
    count,
    flag,
    names,
    one_of,
    scalar,
    text,
    time,
)

NETWORK: Final = (
    ObservationType(
        "service.no_endpoints",
        "a Service has no ready endpoint",
        TROUBLE,
        {"selector": text()},
        sentences=("{on} has no ready endpoint",),
        felt_by_users="nobody_served",
        during_rollout=True,
        holds_while_seen=True,
        topics=("pods", "endpoints"),
        shows=("endpoints", "availability", "errors"),
    ),
    ObservationType(
        "service.selects_nothing",
        "a Service's selector matches no pod",
        TROUBLE,
        {
            "selector": text(),
            "near": names(),
            "fitting": text("the selector that matches the intended workload's pods; empty if that is not certain"),
        },
        holds_while_seen=True,
        shows=("endpoints", "availability", "errors"),
    ),
    ObservationType(
        "service.port_mismatch",
        "no pod of a Service has its target port",
        REPORTED,
        {
            "port": count(),
            "target_port": scalar(),
            "by_name": flag("a missing port name never works; a number may only be undeclared"),
            "declared": names(),
            "fitting": scalar("the intended port of the pods; empty if that is not certain"),
        },
        shows=("availability", "errors"),
    ),
    ObservationType(
        "service.protocol_mismatch",
        "a Service uses another protocol on a port than its pods declare",
        TROUBLE,
        {"port": count(), "protocol": text(), "declared": names("protocols")},
        sentences=("{on} sends port {port} by {protocol}, which its pods declare for {declared}",),
        shows=("availability", "errors"),
    ),
    ObservationType(
        "service.has_endpoints",
        "a Service has ready endpoints",
        WELL,
        {"ready": count()},
        sentences=("{on} has {ready} ready endpoints",),
        proves_well=("Service",),
        topics=("endpoints",),
        disproves=("endpoints", "replicas"),
    ),
    ObservationType(
        "service.absent",
        "callers use a name for which no Service exists",
        TROUBLE,
        {
            "asked_by": names(),
            "near": names(),
            "behind": names("workloads of that name"),
            "orphans": flag("whether one of them has no Service at all"),
        },
        holds_while_seen=True,
        topics=("connections",),
        shows=("availability", "errors"),
    ),
    ObservationType(
        "service.mixed_backends",
        "a Service's selector matches pods of several programs",
        REPORTED,
        {
            "selector": text(),
            "meant": text("the workload that it is named after"),
            "others": names(),
            "fitting": text("the selector that matches only its pods; empty if there is none"),
        },
    ),
    ObservationType(
        "service.node_local",
        "a Service keeps its traffic on the node",
        REPORTED,
        {
            "policy": one_of("internal", "external"),
            "without": names("nodes that have none of its ready pods"),
            "cuts_off": flag("whether the caller in question runs on such a node"),
        },
    ),
    ObservationType(
        "dns.unanswered",
        "the cluster's DNS does not resolve a Service that exists",
        TROUBLE,
        {"name": text(), "server": text(), "asked_by": names()},
        topics=("connections",),
    ),
    ObservationType(
        "dns.zone_unserved",
        "the Corefile has no block for the cluster's names",
        TROUBLE,
        {"zones": names(), "wanted": text()},
    ),
    ObservationType(
        "webhook.unserved",
        "no ready endpoint serves an admission webhook",
        TROUBLE,
        {
            "webhook": text(),
            "service": text(),
            "failure_policy": one_of("Fail", "Ignore"),
            "reason": one_of("service_missing", "no_endpoints"),
        },
    ),
    ObservationType(
        "path.denied",
        "NetworkPolicies on one side block the connection",
        TROUBLE,
        {"direction": text(), "port": count(), "policies": names()},
        topics=("connections",),
        shows=("availability",),
    ),
    ObservationType(
        "policy.denies",
        "a NetworkPolicy applies to a connection that no policy allows",
        TROUBLE,
        {
            "direction": text(),
            "port": count(),
            "target": text(),
            "peer": text(),
            "latest": flag("whether it is the newest of those"),
            "everything": flag("whether all egress is blocked"),
            "allows": text("whom its rules let through, with their ports"),
            "labels": text("labels of the peer, which no rule takes"),
        },
        topics=("connections",),
    ),
    ObservationType(
        "balancer.targets_unhealthy",
        "targets of a load balancer fail its checks",
        TROUBLE,
        {"group": text(), "healthy": count(), "unhealthy": count()},
        by_period=True,
        tells_history=True,
        shows=("availability", "errors"),
    ),
    ObservationType(
        "nat.ports_exhausted",
        "a NAT gateway has no port left for a destination",
        TROUBLE,
        {"gateway": text(), "errors": count()},
        by_period=True,
        tells_history=True,
    ),
    ObservationType(
        "path.open",
        "nothing that was read blocks the connection",
        WELL,
        {"port": count(), "target_port": count()},
        topics=("connections",),
    ),
    ObservationType(
        "ingress.no_backend",
        "an Ingress routes to a Service or port that does not exist",
        TROUBLE,
        {
            "service": text(),
            "port": text(),
            "near": names(),
            "host": text("of the first such rule"),
            "path": text("of the first such rule"),
            "fitting": text("the intended Service and port; empty if that is not certain, or several rules are wrong"),
            "fitting_port": text(
                "the intended Service and port; empty if that is not certain, or several rules are wrong"
            ),
        },
        shows=("availability", "errors"),
    ),
    ObservationType(
        "ingress.no_class", "no controller serves an Ingress: it names no class and there is no default one", TROUBLE
    ),
    ObservationType(
        "ingress.port_error", "a load balancer could not open a port", TROUBLE, {"port": scalar(), "reason": text()}
    ),
    ObservationType(
        "entrance.failing",
        "the ingress controller logs that requests to a Service fail",
        REPORTED,
        {"host": text(), "count": count(), "of": count("lines about it"), "first": time(), "last": time()},
        sentences=("{count} of {of} lines of the ingress controller about {on} report failures",),
        felt_by_users="requests_fail",
        shows=("availability", "errors", "health"),
    ),
    ObservationType(
        "entrance.serving",
        "the ingress controller logs requests to a Service, and none of them fails",
        WELL,
        {"host": text(), "count": count(), "of": count("lines about it"), "first": time(), "last": time()},
        disproves=("availability", "errors"),
    ),
)
