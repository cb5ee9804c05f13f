"""What an organisation knows of its own names: which alarm, dimension or service means which workload."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mcp_servers.contract.facts import Subject
from sre_agent.settings.yaml_file import load_yaml


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MappedEntity(_Entry):
    """What a name means. In rules, `kind`, `namespace` and `name` may use the pattern's groups (`\\g<name>`, `\\1`)."""

    kind: str = ""
    namespace: str = ""
    name: str
    scope: str = ""


class EntityRule(MappedEntity):
    """`pattern` is a regular expression over the whole alarm name, or the whole value of `dimension`."""

    pattern: str
    dimension: str = ""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as problem:
            raise ValueError(f"{pattern!r} is not a regular expression: {problem}") from problem
        return pattern

    def meaning(self, value: str) -> Subject | None:
        """What `value` means by this rule; None when the pattern does not fit it."""
        match = re.fullmatch(self.pattern, value)
        if match is None:
            return None
        return Subject(
            scope=match.expand(self.scope),
            kind=match.expand(self.kind),
            namespace=match.expand(self.namespace),
            name=match.expand(self.name),
        )


class EntityMap(_Entry):
    """`services` by name; `alarms` and `dimensions` in order, the first that fits counts. Empty: conventions only."""

    services: dict[str, MappedEntity] = Field(default_factory=dict)
    alarms: list[EntityRule] = Field(default_factory=list)
    dimensions: list[EntityRule] = Field(default_factory=list)

    @classmethod
    def load(cls, path: Path | None) -> EntityMap:
        """The map of a YAML file; the empty one without a path. Raises SettingsError naming file and field."""
        return load_yaml(cls, path, "entity map")

    def alarm(self, name: str) -> Subject | None:
        return next((m for rule in self.alarms if (m := rule.meaning(name)) is not None), None)

    def dimension(self, dimension: str, value: str) -> Subject | None:
        rules = [rule for rule in self.dimensions if rule.dimension in ("", dimension)]
        return next((m for rule in rules if (m := rule.meaning(value)) is not None), None)

    def service(self, name: str) -> Subject | None:
        entity = self.services.get(name)
        if entity is None:
            return None
        return Subject(scope=entity.scope, kind=entity.kind, namespace=entity.namespace, name=entity.name)
