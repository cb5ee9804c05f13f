"""The requests that reach Services, and what they need outside the cluster."""

from __future__ import annotations

from typing import Literal

from sre_agent.lab.scenario.part import Part


class Traffic(Part):
    """Requests that reach one Kubernetes Service, and where their metrics and logs go."""

    service: str  # name of the Service
    namespace: str
    rate: float = 20.0  # requests per second
    depends_on: list[str] = []  # names of dependencies that every request needs
    latency_ms: float = 40.0
    metric_namespace: str = "Shop/Services"  # RequestCount, HTTPCode_Target_5XX_Count, Latency; dimension Service
    log_group: str = ""  # container lines of the Service's pods land here as well


class Dependency(Part):
    """Something outside the cluster: a database, a cache, a table, another team's service."""

    name: str
    kind: Literal["dynamodb", "rds", "http"]
    address: str = ""  # host:port that application lines name
    write_units_per_request: float = 0.0  # dynamodb: capacity that one request consumes
    up: bool = True
