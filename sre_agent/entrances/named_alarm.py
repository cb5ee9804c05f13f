"""An alarm that a person names: everything else about it is asked of the service that holds it."""

from __future__ import annotations

from datetime import datetime

from mcp_servers.contract.visible import one_line
from sre_agent.domain.signal import AlarmRef, Signal, fingerprint


def signal(name: str, *, received_at: datetime) -> Signal:
    """The signal of the CloudWatch alarm of this name, as a person reports it."""
    name = one_line(name)
    return Signal(
        id=fingerprint("named", name, received_at.isoformat()),
        source="person",
        title=f"Alarm {name}",
        received_at=received_at,
        alarm=AlarmRef(name=name, kept_by="cloudwatch"),
        fingerprint=fingerprint("alarm", name),
    )
