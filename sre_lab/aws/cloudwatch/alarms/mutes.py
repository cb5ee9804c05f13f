"""Mute rules: in their windows the alarms that they name still change, but act only afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sre_lab.aws.cloudwatch.alarms.mute_schedule import MuteSchedule
from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.world import World


@dataclass
class MuteRule:
    """`config` holds the parameters of PutAlarmMuteRule."""

    name: str
    arn: str
    config: dict[str, Any]
    schedule: MuteSchedule
    updated_at: float

    @property
    def targets(self) -> list[str]:
        return list((self.config.get("MuteTargets") or {}).get("AlarmNames") or [])

    def status(self, now: float) -> str:
        expires = self.config.get("ExpireDate")
        if (expires is not None and now >= float(expires)) or self.schedule.over(now):
            return "EXPIRED"
        return "ACTIVE" if self.window_at(now) is not None else "SCHEDULED"

    def window_at(self, now: float) -> tuple[float, float] | None:
        """(start, end) of the window that `now` lies in, within StartDate and ExpireDate."""
        start, expires = self.config.get("StartDate"), self.config.get("ExpireDate")
        if (start is not None and now < float(start)) or (expires is not None and now >= float(expires)):
            return None
        window = self.schedule.window_at(now)
        return (window[0], min(window[1], float(expires))) if window and expires is not None else window


@dataclass(frozen=True)
class MuteWindow:
    """A mute that is in force: by which rule, from when to when (epoch seconds)."""

    arn: str
    start: float
    end: float


rules: PerWorld[dict[str, MuteRule]] = PerWorld(dict)  # by name


def mute_in_force(world: World, alarm: str) -> MuteWindow | None:
    """The mute that is in force for an alarm now; of several the one that ends last."""
    now = world.clock.now()
    windows = [
        MuteWindow(rule.arn, *window)
        for rule in rules.of(world).values()
        if alarm in rule.targets and (window := rule.window_at(now)) is not None
    ]
    return max(windows, key=lambda window: window.end, default=None)


def find_rule(world: World, name: str) -> MuteRule:
    """The rule of this name; AwsError ResourceNotFoundException."""
    rule = rules.of(world).get(name)
    if rule is None:
        raise AwsError("ResourceNotFoundException", f"Alarm mute rule {name} does not exist", status=404)
    return rule
