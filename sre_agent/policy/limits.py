"""What limits writes around all incidents, as data: `limits.yaml` beside the policies, or the file of a setting.

level: approve                  # where no rule below fits
levels:
  - {namespace: "prod-*", level: recommend}
  - {labels: {tier: critical}, level: approve}
writes_per_hour: 30
freeze:
  - {name: change-freeze, cron: "0 18 * * fri", duration: 62h, zone: Europe/Dublin, then: ask}
brake: {share: 50, at_least: 3}
other_actors: {minutes: 5, wait_minutes: 15}
breaker: {failures: 2}
grades: {share_right: 80}       # without it, people's grades hold nothing back
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import structlog
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sre_agent.errors import SettingsError, all_faults
from sre_agent.policy.freeze import FreezeWindow
from sre_agent.policy.levels import Level, LevelRule

LOG = structlog.get_logger("sre_agent.policy")
FILE: Final = "limits.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Brake(_Part):
    """No unattended write while more than `share` per cent of a namespace's workloads fail, and at least `at_least`."""

    share: int = Field(50, ge=0, le=100)
    at_least: int = Field(3, ge=1)


class OtherActorLimit(_Part):
    """Somebody else's write counts for `minutes`, if it came after the incident's first signal. An unattended write
    waits for its end, at most `wait_minutes`; then a person is asked."""

    minutes: int = Field(5, ge=0)
    wait_minutes: int = Field(15, ge=0)


class RemedyBreaker(_Part):
    """After so many failed verifications in a row, of one failure class on one workload, it is only recommended."""

    failures: int = Field(2, ge=1)


class GradeLimit(_Part):
    """Of a failure class nothing is written unattended before the share of its verdicts that people graded right lies
    above `share_right` per cent, with 95 % certainty."""

    share_right: int = Field(ge=1, le=99)


class WriteLimits(_Part):
    """The whole file. `writes_per_hour` counts every permit of this state folder but those for an undo."""

    level: Level = "approve"
    levels: tuple[LevelRule, ...] = ()
    writes_per_hour: int = Field(30, ge=0)
    freeze: tuple[FreezeWindow, ...] = ()
    brake: Brake = Field(default_factory=Brake)
    other_actors: OtherActorLimit = Field(default_factory=OtherActorLimit)
    breaker: RemedyBreaker = Field(default_factory=RemedyBreaker)
    grades: GradeLimit | None = None


def limits_from(text: str, file: str) -> WriteLimits:
    """SettingsError names the file, the field and what is wrong with it."""
    try:
        values: Any = yaml.load(text, yaml.CSafeLoader)
        return WriteLimits.model_validate({} if values is None else values)
    except yaml.YAMLError as problem:
        raise SettingsError(f"{file} is not YAML: {problem}. Nothing is written until it is corrected.") from problem
    except ValidationError as problem:
        wrong = all_faults(problem)
        raise SettingsError(f"{file} cannot be used: {wrong}. Nothing is written until it is corrected.") from problem


class LimitsFile:
    """The limits as the file has them now: a freeze that somebody writes down holds for incidents that are open. A file
    that becomes unreadable is logged, and the last one stays in force."""

    def __init__(self, limits: WriteLimits, path: Path | None = None) -> None:
        self._limits, self._path, self._stamp = limits, path, _stamp(path)

    @classmethod
    def of(cls, path: Path) -> LimitsFile:
        """Raises SettingsError."""
        return cls(_load(path), path)

    @property
    def name(self) -> str:
        """For people: where the limits stand, empty for those that are shipped."""
        return str(self._path) if self._path is not None else ""

    @property
    def present(self) -> WriteLimits:
        stamp = _stamp(self._path)
        if self._path is not None and stamp != self._stamp:
            self._stamp = stamp
            try:
                self._limits = _load(self._path)
            except SettingsError as problem:
                LOG.error("limits", action="read", status="refused", error=str(problem))
        return self._limits


def _load(path: Path) -> WriteLimits:
    try:
        return limits_from(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"The limits {path} cannot be read: {problem}.") from problem


def _stamp(path: Path | None) -> tuple[int, int]:
    try:
        now = path.stat() if path is not None else None
    except OSError:
        return 0, 0
    return (now.st_mtime_ns, now.st_size) if now is not None else (0, 0)
