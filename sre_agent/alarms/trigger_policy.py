"""What deserves an investigation, as data: rules of which the first that fits decides, and mutes that end.

rules:
  - alarm: "*-canary-*"
    then: record
    reason: canaries are watched by their owners
  - severity: [SEV1, SEV2]
    then: investigate
  - then: record                # whatever is left; without it, it is investigated
mutes:
  - namespace: billing
    reason: planned migration, CHG-1234
    until: 2026-12-01T06:00:00Z
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final, Literal

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sre_agent.domain.alarm import Disposition
from sre_agent.domain.base import Severity
from sre_agent.domain.signal import Signal
from sre_agent.entities import namespace_of
from sre_agent.errors import SettingsError
from sre_agent.settings.yaml_file import load_yaml

LOG = structlog.get_logger("sre_agent.alarms")
UNTOLD: Final = "untold"
Globs = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]
Severities = Annotated[
    tuple[Severity | Literal["untold"], ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)
]


class AlarmPattern(BaseModel):
    """Fits an alarm that fits every field given. Texts may use `*` and `?`, in any case; of several one has to fit.
    `alarm` is its name or title, `source` the name behind `/alarms/`; the severity `untold` means that none is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Globs = ()
    alarm: Globs = ()
    namespace: Globs = ()
    severity: Severities = ()
    labels: Mapping[str, Globs] = Field(default_factory=dict)

    def fits(self, signal: Signal, source: str) -> bool:
        names = [signal.title, *([signal.alarm.name] if signal.alarm is not None else [])]
        return (
            _any([source], self.source)
            and _any(names, self.alarm)
            and _any([namespace_of(signal)], self.namespace)
            and (not self.severity or (signal.severity or UNTOLD) in self.severity)
            and all(_any([signal.labels.get(name, "")], globs) for name, globs in self.labels.items())
        )


class TriggerRule(AlarmPattern):
    then: Literal["investigate", "record"]
    reason: str = Field("", max_length=300)


class AlarmMute(AlarmPattern):
    """`until` and `since` without a zone are in UTC."""

    reason: str = Field(min_length=1, max_length=300)
    until: datetime
    since: datetime | None = None

    @model_validator(mode="after")
    def _fits_something(self) -> AlarmMute:
        if not (self.source or self.alarm or self.namespace or self.severity or self.labels):
            raise ValueError('say what is muted; alarm: "*" mutes everything')
        return self

    def holds(self, now: datetime) -> bool:
        return (self.since is None or _utc(self.since) <= now) and now < _utc(self.until)


class TriggerPolicy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[TriggerRule, ...] = ()
    mutes: tuple[AlarmMute, ...] = ()

    def decide(self, signal: Signal, source: str, now: datetime) -> tuple[Disposition | None, str]:
        """Why an alarm that fires is not investigated; (None, "") for one that is."""
        if signal.suppressed:
            return "suppressed", signal.suppressed
        for mute in self.mutes:
            if mute.holds(now) and mute.fits(signal, source):
                return "muted", f"{mute.reason} (until {_utc(mute.until):%Y-%m-%dT%H:%MZ})"
        for number, rule in enumerate(self.rules, 1):
            if rule.fits(signal, source):
                if rule.then == "investigate":
                    return None, ""
                return "not_wanted", rule.reason or f"rule {number} of the trigger policy"
        return None, ""


class TriggerPolicyFile:
    """The policy as the file has it now. One that becomes unreadable is logged, and the last one stays in force."""

    def __init__(self, path: Path | None) -> None:
        """Raises SettingsError."""
        self._path = path
        self._stamp = _stamp(path)
        self._policy = _load(path)

    @property
    def policy(self) -> TriggerPolicy:
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._policy = _load(self._path)
            except SettingsError as problem:
                LOG.error("trigger policy", action="read", status="refused", error=str(problem))
        return self._policy


def _load(path: Path | None) -> TriggerPolicy:
    return load_yaml(TriggerPolicy, path, "trigger policy")


def _stamp(path: Path | None) -> tuple[int, int]:
    try:
        status = path.stat() if path is not None else None
    except OSError:
        return 0, 0
    return (status.st_mtime_ns, status.st_size) if status is not None else (0, 0)


def _any(values: list[str], globs: Globs) -> bool:
    return not globs or any(fnmatchcase(value.lower(), glob.lower()) for value in values for glob in globs)


def _utc(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)
