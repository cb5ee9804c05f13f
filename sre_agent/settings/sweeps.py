"""Health sweeps: what they leave out on purpose, what of them becomes an incident, and when `serve` takes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from sre_agent.settings.area import Area
from sre_agent.settings.timetable import CronExpression, ZoneName


class SweepSchedule(Area):
    """When one kind of sweep is taken. Of several processes one takes it."""

    cron: CronExpression = Field(description="five fields, or @hourly, @daily, @weekly")
    zone: ZoneName = Field("UTC", description="time zone of the cron expression, such as Europe/Dublin")
    jitter_seconds: float = Field(
        60.0, ge=0, le=3600, description="at most so much later, so that many installations do not ask at once"
    )
    namespace: str = Field("", max_length=63, description="namespace; empty: the whole cluster")
    clusters: tuple[str, ...] = Field((), description="clusters of `clusters`; none: the one that is meant anyway")
    hygiene: bool = Field(False, description="also bad practice that has not broken anything yet")


class SweepSettings(Area):
    sweep_exclusions: Path | None = Field(
        None,
        description="YAML file of troubles that sweeps leave out, each with reason, owner and end date; read at every"
        " sweep; none: nothing is left out",
    )
    sweep_opens: Literal["", "SEV1", "SEV2", "SEV3"] = Field(
        "", description="least severity of a trouble for which a sweep of the service opens an incident; empty: none"
    )
    sweep_schedules: dict[str, SweepSchedule] = Field(
        default_factory=dict, description="sweeps that `serve` takes by itself, by name; none: only those asked for"
    )

    @field_validator("sweep_schedules", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """In an environment variable it is JSON."""
        return json.loads(value) if isinstance(value, str) else value
