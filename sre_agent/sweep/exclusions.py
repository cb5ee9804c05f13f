"""Troubles that a sweep leaves out on purpose: for a reason, by somebody, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sre_agent.domain.sweep import Sweep, Trouble
from sre_agent.settings.yaml_file import load_yaml


class SweepExclusion(BaseModel):
    """`check`, `cause` (a failure class), `namespace` and `subject` (`Kind/namespace/name`) are patterns with `*`, of
    which at least one has to be given; all of them have to fit. It holds to the end of the day `until`, in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str = "*"
    cause: str = "*"
    namespace: str = "*"
    subject: str = "*"
    reason: str = Field(min_length=1, max_length=300)
    owner: str = Field(min_length=1, max_length=100)
    until: date

    @model_validator(mode="after")
    def _is_about_something(self) -> SweepExclusion:
        if {self.check, self.cause, self.namespace, self.subject} == {"*"}:
            raise ValueError("give check, cause, namespace or subject: everything cannot be left out")
        return self

    @property
    def end(self) -> datetime:
        return datetime.combine(self.until, time.max, UTC)

    @property
    def text(self) -> str:
        patterns = {"check": self.check, "cause": self.cause, "namespace": self.namespace, "subject": self.subject}
        what = ", ".join(f"{name} {pattern}" for name, pattern in patterns.items() if pattern != "*")
        return f"{what} (until {self.until}, {self.owner}: {self.reason})"

    def fits(self, trouble: Trouble) -> bool:
        namespaces = trouble.namespaces or {""}
        return (
            fnmatchcase(trouble.check, self.check)
            and fnmatchcase(trouble.failure_class, self.cause)
            and fnmatchcase(trouble.subject.short, self.subject)
            and any(fnmatchcase(namespace, self.namespace) for namespace in namespaces)
        )


class _Exclusions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    exclusions: list[SweepExclusion] = Field(default_factory=list)


def load_exclusions(path: Path | None) -> list[SweepExclusion]:
    """Raises SettingsError naming the file and what is wrong with it."""
    return load_yaml(_Exclusions, path, "list of exclusions").exclusions


def without_exclusions(sweep: Sweep, exclusions: Sequence[SweepExclusion], since: datetime | None) -> Sweep:
    """The sweep without what is excluded, which it says in a line each. `since`: the time of the sweep before."""
    in_force = [one for one in exclusions if one.end >= sweep.taken_at]
    over = [one for one in exclusions if since is not None and since <= one.end < sweep.taken_at]
    troubles = [trouble for trouble in sweep.troubles if not any(one.fits(trouble) for one in in_force)]
    return sweep.model_copy(
        update={
            "troubles": troubles,
            "exclusions": list(_lines(in_force, sweep.troubles)),
            "ended_exclusions": [one.text for one in over],
        }
    )


def _lines(in_force: Sequence[SweepExclusion], troubles: Sequence[Trouble]) -> Iterator[str]:
    for exclusion in in_force:
        if count := sum(exclusion.fits(trouble) for trouble in troubles):
            yield f"{count} left out: {exclusion.text}"
