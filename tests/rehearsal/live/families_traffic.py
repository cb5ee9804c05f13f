"""What keeps requests from pods that run: selectors, ports, policies."""

from __future__ import annotations

from tests.rehearsal.live.calls import allow, restart, scale, service
from tests.rehearsal.live.draw import LiveDraw, Obj
from tests.rehearsal.live.family import BrokenNamespace, family


@family
def service_selector(draw: LiveDraw) -> BrokenNamespace:
    victim, others = draw.app(), draw.neighbours()
    neighbour = draw.rng.choice(others)
    wrong = draw.rng.choice((f"{victim.name}-v2", victim.name.replace("-", ""), f"{victim.name}s"))
    draw.patch("Service", victim.name, {"spec": {"selector": {"app": wrong}}})
    return BrokenNamespace(
        victim,
        alarm_on="service",
        right=[service(victim, selector=f"app={victim.name}")],
        useless=[
            restart(victim),
            scale(victim, victim.replicas + 1),
            service(victim, selector=f"app={wrong}x", even_if_unserved=True),
        ],
        harmful=[service(neighbour, selector=f"app={victim.name}"), scale(neighbour, 0)],
    )


@family
def service_port(draw: LiveDraw) -> BrokenNamespace:
    """It sends to a port that is not declared and on which nobody listens."""
    victim, others = draw.app(), draw.neighbours()
    neighbour = draw.rng.choice(others)
    ports = [{"name": "http", "port": 80, "targetPort": victim.port + 10}]
    draw.patch("Service", victim.name, {"spec": {"ports": ports}})
    return BrokenNamespace(
        victim,
        alarm_on="service",
        right=[service(victim, target_port=victim.port), service(victim, target_port="http")],
        useless=[restart(victim), scale(victim, victim.replicas + 1), service(victim, target_port=victim.port + 20)],
        harmful=[service(neighbour, target_port=neighbour.port + 7), scale(neighbour, 0)],
    )


@family
def policy_ingress(draw: LiveDraw) -> BrokenNamespace:
    """A NetworkPolicy lets nobody in who needs it."""
    victim, others = draw.app(), draw.neighbours()
    caller = draw.rng.choice(others)
    draw.calls(caller, victim)
    peer: Obj = {"podSelector": {"matchLabels": {"app": caller.name}}}
    rule = {"from": [peer], "ports": [{"protocol": "TCP", "port": victim.port}]}
    selector = {"matchLabels": {"app": victim.name}}
    spec = {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [rule]}
    policy = f"{victim.name}-in"
    draw.put("networking.k8s.io/v1", "NetworkPolicy", policy, spec=spec)
    wrong = draw.rng.choice(("labels", "port", "none"))
    other_peer = {"podSelector": {"matchLabels": {"app": f"{caller.name}-old"}}}
    changed: list[Obj] = {
        "labels": [{**rule, "from": [other_peer]}],
        "port": [{**rule, "ports": [{"protocol": "TCP", "port": victim.port + 1}]}],
        "none": [],
    }[wrong]
    draw.patch("NetworkPolicy", policy, {"spec": {"ingress": changed}})
    place = (policy, draw.namespace)
    return BrokenNamespace(
        victim,
        alarm_on="service",
        alarmed=caller,
        callers=[caller],
        right=[allow(*place, caller.name, victim.port)],
        useless=[
            restart(victim),
            allow(*place, f"{caller.name}-next", victim.port),
            allow(*place, caller.name, victim.port + 2),
        ],
        harmful=[scale(caller, 0), service(caller, target_port=caller.port + 7)],
    )
