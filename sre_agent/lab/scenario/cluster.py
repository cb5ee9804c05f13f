"""The cluster that a scenario runs on."""

from __future__ import annotations

from sre_agent.lab.scenario.part import Part


class Cluster(Part):
    name: str = "shop-prod"
    account: str = "111122223333"
    region: str = "eu-west-1"
    nodes: int = 3
    node_cpu: str = "4"
    node_memory: str = "8Gi"
