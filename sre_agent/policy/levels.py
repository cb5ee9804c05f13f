"""How much the responder may do by itself, by namespace or label.

`observe` names the cause and the remedy, `recommend` shows also what it would change, `approve` does it once a person
has said yes, `autonomous` does what a policy lets run unattended. A level never permits what the policies deny.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Level = Literal["observe", "recommend", "approve", "autonomous"]
LEVELS: Final[tuple[Level, ...]] = ("observe", "recommend", "approve", "autonomous")  # the strictest first
Globs = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class LevelRule(BaseModel):
    """Fits a namespace whose name fits one of `namespace` and whose labels fit every one of `labels`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: Globs = ()
    labels: Mapping[str, Globs] = Field(default_factory=dict)
    level: Level

    @model_validator(mode="after")
    def _fits_something(self) -> LevelRule:
        if not self.namespace and not self.labels:
            raise ValueError("name a namespace or labels; the level of all others is `level` at the top of the file")
        return self

    def fits(self, namespace: str, labels: Mapping[str, str] | None) -> bool:
        """Labels that could not be read may be any: a rule that lowers the level is not escaped by them."""
        if self.namespace and not any(fnmatchcase(namespace, pattern) for pattern in self.namespace):
            return False
        return labels is None or all(
            any(fnmatchcase(labels.get(name, ""), pattern) for pattern in patterns)
            for name, patterns in self.labels.items()
        )


def strictest(levels: list[Level]) -> Level:
    return min(levels, key=LEVELS.index)


def level_of(
    rules: tuple[LevelRule, ...], default: Level, namespace: str, labels: Mapping[str, str] | None
) -> tuple[Level, int]:
    """The level of a namespace and the number of the rule that sets it, 0 for the default. Of several that fit the
    strictest one counts; a rule by labels that could not be read counts only where it lowers the level."""
    fitting = [
        (rule.level, number)
        for number, rule in enumerate(rules, 1)
        if rule.fits(namespace, labels)
        and (labels is not None or not rule.labels or LEVELS.index(rule.level) < LEVELS.index(default))
    ]
    return min(fitting, key=lambda one: LEVELS.index(one[0]), default=(default, 0))
