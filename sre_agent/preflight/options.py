"""How a setting is given to the verb that asks: by an option of its own, or else by variable and profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sre_agent.settings import PREFIX


@dataclass(frozen=True)
class VerbOptions:
    """`own` are the options of this verb by the setting that each gives. `kept`: it takes none, because an incident
    keeps the settings that it was opened with."""

    own: Mapping[str, str] = field(default_factory=dict)
    fixed_by_incident: bool = False

    @classmethod
    def from_settings(cls, *settings: str) -> VerbOptions:
        """Options that are called like their settings."""
        return cls({name: f"--{name.replace('_', '-')}" for name in settings})

    def to_give(self, setting: str, what: str = "") -> str:
        """`--aws-region REGION`, or where this verb has no such option `SRE_AGENT_AWS_REGION=REGION`."""
        option = self.own.get(setting)
        if self.fixed_by_incident:
            return f"{setting} is kept with the incident, so put back what it names"
        if option is not None:
            return f"{option} {what}".rstrip()
        return f"{PREFIX}{setting.upper()}={what or '...'}"
