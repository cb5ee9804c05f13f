"""What a scenario expects at its end; read by tests and by the demo, never by the responder."""

from __future__ import annotations

from typing import Literal

from sre_agent.lab.scenario.part import Part


class Expected(Part):
    """What must be true at the end; read by tests and the demo's own check, never by the responder."""

    outcome: Literal["remediated", "escalated"]
    reason: str
    failure_class: str | None = None
    subject: str = ""  # Kind/namespace/name or a name
    writes: int = 0
