"""Where a client finds the parts of one running lab."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class LabEndpoints(BaseModel):
    """The first line of a lab's output, as JSON. URLs are on loopback."""

    model_config = ConfigDict(frozen=True)

    kubeconfig: Path
    aws: str
    region: str
    prometheus: str
    xray: str  # host:port, as AWS_XRAY_DAEMON_ADDRESS takes it
    control: str
    scenario: str
    trigger: str  # name of the alarm that starts the incident, "" where there is none
