"""Where spans go."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class TracingSettings(Area):
    trace: str = Field("xray", description="where spans go: xray, otlp or none")
    xray_address: str = Field(
        "127.0.0.1:2000", description="host:port of the X-Ray daemon (UDP); the daemon's own default"
    )
    otlp_endpoint: str = Field(
        "http://127.0.0.1:4318/v1/traces", description="where OTLP goes over HTTP; the collector's own default"
    )
