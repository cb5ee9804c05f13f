"""Where spans go."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class TracingSettings(Area):
    trace: str = Field("xray", description="where spans go: xray, memory or none")
    xray_address: str = Field(
        "127.0.0.1:2000", description="host:port of the X-Ray daemon (UDP); the daemon's own default"
    )
