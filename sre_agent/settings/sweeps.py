"""Health sweeps: what they leave out on purpose, what of them becomes an incident, and when `serve` takes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from mcp_servers.contract import cron
from sre_agent.settings.area import Area


class SweepSchedule(Area):
    """When one kind of sweep is taken. Of several processes one takes it."""

    cron: str = Field(description="five fields, or @hourly, @daily, @weekly")
    zone: str = Field("UTC", description="time zone of the cron expression, such as Europe/Dublin")
    jitter_seconds: float = Field(
        60.0, ge=0, le=3600, description="at most so much later, so that many installations do not ask at once"
    )
    namespace: str = Field("", max_length=63, description="namespace; empty: the whole cluster")
    clusters: tuple[str, ...] = Field((), description="clusters of `clusters`; none: the one that is meant anyway")
    hygiene: bool = Field(False, description="also bad practice that breaks nothing yet")

    @field_validator("cron")
    @classmethod
    def _is_schedule(cls, value: str) -> str:
        cron.next_after(value, datetime(2024, 1, 1, tzinfo=UTC))  # ValueError says what is wrong
        return value

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
            raise ValueError(f"{value!r} is no time zone; write one like Europe/Dublin") from problem
        return value


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
