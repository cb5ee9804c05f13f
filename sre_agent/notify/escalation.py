"""Who hears of an incident and when: levels of people with their channels, as data."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sre_agent.domain.base import Severity
from sre_agent.domain.incident import Reason
from sre_agent.errors import SettingsError

Level = Annotated[int, Field(ge=1, le=3)]
SHIPPED: Final = "escalation.yaml"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EscalationLevel(_Entry):
    """Whom a level is, and where they are told; without channels where the setting `notify` says."""

    level: Level
    role: str
    channels: list[str] = Field(default_factory=list)


class EndRule(_Entry):
    """Which level hears of ends with these severities and reasons; without any: of all."""

    severities: list[Severity] = Field(default_factory=list)
    reasons: list[Reason] = Field(default_factory=list)
    level: Level


class EscalationPolicy(_Entry):
    """`unanswered` are seconds by severity and level; a level that is not named is not told of a question."""

    levels: list[EscalationLevel]
    unanswered: dict[Severity, dict[Level, Annotated[float, Field(ge=0)]]]
    ended: list[EndRule] = Field(default_factory=list)

    @model_validator(mode="after")
    def _known_levels(self) -> EscalationPolicy:
        levels = [one.level for one in self.levels]
        level_names = {level for times in self.unanswered.values() for level in times} | {
            one.level for one in self.ended
        }
        if len(set(levels)) != len(levels) or level_names - set(levels):
            raise ValueError(
                f"each level stands in `levels` once, and these do not: {sorted(level_names - set(levels))}"
            )
        return self

    def role(self, level: int) -> str:
        return next((one.role for one in self.levels if one.level == level), "")

    def waits(self, severity: Severity) -> list[tuple[int, float]]:
        """(level, seconds after the question until it is told), the first one first."""
        return sorted(self.unanswered.get(severity, {}).items(), key=lambda pair: (pair[1], pair[0]))

    def end_level(self, severity: Severity, reason: Reason) -> int:
        """The highest level that hears of an end; 0 for none."""
        fitting = (
            one.level
            for one in self.ended
            if severity in (one.severities or [severity]) and reason in (one.reasons or [reason])
        )
        return next(fitting, 0)

    def channels(self, level: int, usual: tuple[str, ...]) -> list[str]:
        """Where a level is told; `usual` are those of the setting."""
        own = next((one.channels for one in self.levels if one.level == level), [])
        return list(dict.fromkeys(own or usual))


def load_escalation(path: Path | None) -> EscalationPolicy:
    """The file, or the shipped one. Raises SettingsError, which names what is wrong."""
    name = str(path) if path is not None else SHIPPED
    try:
        policy_file = resources.files("sre_agent.notify") / SHIPPED
        body = path.read_text(encoding="utf-8") if path is not None else policy_file.read_text(encoding="utf-8")
        return EscalationPolicy.model_validate(yaml.load(body, yaml.CSafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise SettingsError(f"The escalation file {name} cannot be read: {problem}") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise SettingsError(f"The escalation file {name}, {place}: {first['msg']}") from problem
