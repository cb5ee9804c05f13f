"""Where Prometheus is."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class PrometheusSettings(Area):
    prometheus_url: str = Field("", description="base URL of Prometheus; empty: no Prometheus, reported as a gap")
    alertmanager_url: str = Field(
        "", description="base URL of its Alertmanager, which says who is not called and why; empty: none"
    )
