"""What the metrics of load balancers and NAT gateways say beyond their levels."""

from __future__ import annotations

import pytest

from mcp_servers.cloudwatch.observe.network import nat, targets
from mcp_servers.contract.facts import Subject
from mcp_servers.signals.series.levels import Point

BALANCER = Subject(scope="1/eu-west-1", kind="LoadBalancer", name="front")
GATEWAY = Subject(scope="1/eu-west-1", kind="NatGateway", name="nat-1")
GROUP = {"LoadBalancer": "app/front/1", "TargetGroup": "targetgroup/web/2"}


def points(*values: float) -> list[Point]:
    return [(1_790_000_000.0 + 60 * i, value) for i, value in enumerate(values)]


@pytest.mark.parametrize(
    ("failing", "counts"), [((0, 0, 2, 2, 2), [(1, 2)]), ((2, 2, 0, 0, 0), []), ((0, 0, 0, 2, 0), [])]
)
def test_targets_are_unhealthy_only_while_they_go_on_to_fail(
    failing: tuple[float, ...], counts: list[tuple[int, int]]
) -> None:
    series = [("UnHealthyHostCount", GROUP, points(*failing)), ("HealthyHostCount", GROUP, points(3, 3, 1, 1, 1))]
    observations = targets(BALANCER, series)
    assert [(x.attributes["healthy"], x.attributes["unhealthy"]) for x in observations] == counts
    assert all(x.attributes["group"] == "web" for x in observations)


@pytest.mark.parametrize(("errors", "error_counts"), [((0, 40, 60), [100]), ((40, 0, 0, 0), []), ((0, 0), [])])
def test_a_gateway_without_ports_is_told_while_it_refuses(errors: tuple[float, ...], error_counts: list[int]) -> None:
    observations = nat(GATEWAY, [("ErrorPortAllocation", {"NatGatewayId": "nat-1"}, points(*errors))])
    assert [x.attributes["errors"] for x in observations] == error_counts
