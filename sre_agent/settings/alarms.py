"""Alarms that monitors send: who may, what deserves an investigation, and what belongs together."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class AlarmSettings(Area):
    alarm_sources_file: Path | None = Field(
        None, description="TOML file of the sources of alarms with their secrets; none: only operators hand in alarms"
    )
    trigger_policy: Path | None = Field(
        None,
        description="YAML file with `rules` (what is investigated) and `mutes`; read again when it changes; none: every"
        " alarm that fires is investigated",
    )
    alarms_per_minute: int = Field(
        6000, gt=0, description="alarms of one source in a minute, before they are put off; a storm of 1,000 fits well"
    )
    storm_window_seconds: float = Field(
        300.0, ge=0, description="how long after its opening an incident takes in related alarms; 0: nothing is grouped"
    )
    gather_seconds: float = Field(
        2.0,
        ge=0,
        description="how long an incident that an alarm opens waits for related ones before it is begun; an alarm that"
        " resolves by then is closed; a storm comes in within that time",
    )
    storm_alarms: int = Field(
        5, ge=2, description="alarms of one namespace or one rule that make a storm; fewer may have nothing in common"
    )
    storm_settle_seconds: float = Field(
        300.0,
        ge=0,
        description="how long an alarm that was grouped, and that its incident does not explain, has to resolve before"
        " it is investigated itself",
    )
    repeat_seconds: float = Field(
        3600.0,
        ge=0,
        description="how long after an incident's end a repeated notification of the same state opens no other one",
    )
