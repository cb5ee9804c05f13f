"""What is seen of the rest of a cluster: services, nodes, volumes, references, what steers and what restrains."""

from __future__ import annotations

from typing import Final

CLUSTER: Final[dict[str, str]] = {
    # services, nodes, volumes, quota
    "service.no_endpoints": "a Service has no ready endpoint: selector",
    "service.selects_nothing": (
        "a Service's selector matches no pod: selector, near, fitting (the selector that takes the pods of the workload"
        " that is meant; empty where that is not certain)"
    ),
    "service.port_mismatch": (
        "no pod of a Service has the port it sends to: port, target_port, by_name (a missing name never works, a number"
        " may only be undeclared), declared (list), fitting (the port of the pods that is meant; empty where that is"
        " not certain)"
    ),
    "service.has_endpoints": "a Service has ready endpoints: ready",
    "service.absent": (
        "a name that somebody asks for has no Service: asked_by (list), near, behind (workloads of that name), orphans"
        " (whether one of them has no Service at all)"
    ),
    "service.mixed_backends": (
        "a Service's selector takes pods of several programs: selector, meant (the workload it is named after), others"
        " (list), fitting (the selector that takes its pods alone; empty where there is none)"
    ),
    "service.node_local": (
        "a Service keeps its traffic on the node: policy (internal|external), without (list of nodes that have none of"
        " its ready pods), cuts_off (whether the caller that was asked about runs on such a node)"
    ),
    "dns.unanswered": "the cluster's DNS does not find a Service that is there: name, server, asked_by (list)",
    "dns.zone_unserved": "the Corefile has no block for the cluster's names: zones (list), wanted",
    "workload.dns_elsewhere": (
        "its pods ask another name server than the cluster's: policy (Default|None), servers (list), before (what the"
        " revision before did)"
    ),
    "node.not_ready": "a node does not report or is not ready: reason, message",
    "node.pressure": "a node lacks memory, disk or process ids: condition, message",
    "node.closed": "a node takes no new pods: why (cordoned|taint), taint",
    "node.ready": "a node reports and is ready",
    "node.leaving": (
        "a node is taken away: why (spot|rebalance|maintenance|scale_in|shutdown|gone|unknown), by, message"
    ),
    "node.not_joined": "machines that were started do not become nodes: by, message, count, first, last",
    "node.full": "the requests of its pods leave no room: resource, requested, allocatable",
    "node.condition": "another condition of a node tells trouble: condition, status (True|False|Unknown), message",
    "volume.claim_pending": (
        "a claim is not bound: storage_class, message, why (class_missing|no_class|no_volume|denied|limit|failed"
        "|waiting|unknown)"
    ),
    "volume.in_other_zone": (
        "a volume of waiting pods is in zones where no node is open to them (subject: the workload): volume, claim,"
        " zones, node_zones (lists: of the volume, of the open nodes), nodes (list of those in its zones)"
    ),
    "volume.claim_lost": "a claim has lost its volume: volume",
    "volume.unused": "a volume is not in use: phase (Available|Released|Pending), claim",
    "volume.failed": "a volume could not be reclaimed: message",
    "event.warning": "another warning event: reason, message, count, first, last",
    # changes of any object
    "change.made": "it was changed: what (created|written|scaled|rolled_out|event), by, fields (list)",
    # references, of a workload's template or of any other object
    "reference.missing": "it refers to an object, or to a key or port of one, that is not there: kind, name, key, near",
    "reference.gone": (
        "it refers to something that is not there, and its present pods run all the same: kind, name, key, near, why"
        " (had: they had it when they started, the next one will not | pull_secret: images are pulled without it)"
    ),
    "selector.takes_nothing": "the selector of a budget, policy or controller takes no pod: selector",
    "reference.newer": (
        "what its pods read once, at their start, was written after that: kind, name, key, written, started"
    ),
    "reference.holds": (
        "an address that its log names stands in its configuration: address, kind, name, key, written (when that object"
        " was), first_read (yes|no|unknown: whether the pods that run are the first that read it so)"
    ),
    # what steers, restrains or routes
    "scaler.blocked": "an autoscaler cannot act: condition, reason",
    "scaler.at_maximum": "an autoscaler wants more than its maximum: replicas, maximum, beyond (yes), measured",
    "budget.exhausted": "a budget allows no eviction: healthy, desired, expected, draining (list of nodes)",
    "budget.blocks_drain": "cordoned nodes are not emptied for a budget: nodes (list), healthy, desired, expected",
    "budget.overlap": "several budgets cover its pods, so none can be evicted: budgets (list)",
    "quota.exhausted": "nothing is left of a quota: resource, used, hard",
    "webhook.unserved": (
        "nobody answers for an admission webhook: webhook, service, failure_policy (Fail|Ignore), reason"
        " (service_missing|no_endpoints)"
    ),
    "path.denied": "NetworkPolicies of one side let no such connection through: direction, port, policies (list)",
    "policy.denies": (
        "a NetworkPolicy is about a connection that no policy lets through: direction, port, target, peer, latest"
        " (whether it is the last made of those), everything (whether nothing at all is let out)"
    ),
    "access.denied": "an identity may not do something: verb, resource, namespace, bindings (list of those it has)",
    "access.allowed": "an identity may do something: verb, resource, namespace",
    "gitops.out_of_step": (
        "what a GitOps controller keeps is not as declared: controller (argocd|flux), sync, health, revision, message,"
        " failed (whether the last sync failed)"
    ),
    "balancer.targets_unhealthy": "targets of a load balancer fail its checks: group, healthy, unhealthy",
    "nat.ports_exhausted": "a NAT gateway has no port left for a destination: gateway, errors",
    "path.open": "nothing that was read stands between two ends: port, target_port",
    "ingress.no_backend": (
        "an Ingress sends to a Service, or a port of one, that is not there: service, port, near (list), host and path"
        " (of the first such rule), fitting and fitting_port (the Service and port that are meant; empty where that is"
        " not certain, or several rules lead astray)"
    ),
    "ingress.no_class": "no controller serves an Ingress: it names no class and there is no default one",
    "ingress.port_error": "a load balancer could not open a port: port, reason",
    # objects of any kind
    "deletion.stuck": (
        "it was deleted and does not go: seconds, finalizers (list), message, why (finalizer|in_use|contents|discovery"
        "|node|unknown)"
    ),
}
