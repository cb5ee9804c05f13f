"""An operator's own expectations of policies and limits, as data: what is to be decided of which action.

- name: a bad rollout is undone at night
  action: {tool: kubectl_rollout_undo, namespace: shop, confidence: 0.95, at: 2026-11-22T02:00:00Z}
  verdict: allow
- name: not in the change freeze
  action: {tool: kubectl_scale, namespace: shop, confidence: 0.95, at: 2026-11-27T20:00:00Z}
  verdict: approve
  limit: freeze
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sre_agent.domain.action import LimitKind, Verdict
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.permitted_write import BreakerCount
from sre_agent.errors import SettingsError, all_faults
from sre_agent.policy import Policy
from sre_agent.policy.levels import Level
from sre_agent.policy.limiting import LimitCheck
from sre_agent.policy.question import PolicyExplanation, PolicyQuestion, explain

FILE: Final = "expectations.yaml"


class PolicyExpectation(BaseModel):
    """What is not given is not expected; `policies` are those that determine the verdict, in any order, `limit` one
    that makes it stricter. What was counted, and a pause, play no part: the same file gives the same result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    action: PolicyQuestion
    verdict: Verdict
    policies: tuple[str, ...] | None = None
    level: Level | None = None
    limit: LimitKind | None = None

    def differences(self, explanation: PolicyExplanation) -> list[str]:
        """In words; none where it is as expected."""
        differ: list[str] = []
        if explanation.verdict != self.verdict:
            differ.append(f"{self.verdict} was expected, it is {explanation.verdict}: {explanation.reason}")
        if self.policies is not None and set(self.policies) != set(explanation.policies):
            differ.append(f"policies {_names(self.policies)} were expected, it is {_names(explanation.policies)}")
        if self.level is not None and self.level != explanation.level:
            differ.append(f"level {self.level} was expected, it is {explanation.level}")
        if self.limit is not None and self.limit not in [limit.kind for limit in explanation.limits]:
            kinds = [limit.kind for limit in explanation.limits]
            differ.append(f"the limit {self.limit} was expected, there is {_names(kinds)}")
        return differ


class NoWriteCounts:
    """Of a place where nothing was written yet."""

    async def next_write_at(self, now: datetime, most_per_hour: int) -> datetime | None:
        return None

    async def breaker_counts(self) -> list[BreakerCount]:
        return []

    async def write_pause(self) -> None:
        return None

    async def grades(self, *, limit: int = 200, before: str = "") -> list[IncidentGrade]:
        return []


async def differences_of(
    expectations: Sequence[PolicyExpectation], policy: Policy, level: Level | Literal[""], now: datetime
) -> list[tuple[PolicyExpectation, list[str]]]:
    """Each expectation with what is not as it says."""
    limits = LimitCheck(policy.limits, NoWriteCounts(), None, level)
    return [(one, one.differences(await explain(one.action, policy, limits, now))) for one in expectations]


def load_expectations(path: Path) -> list[PolicyExpectation]:
    """SettingsError names the file, the place in it and what is wrong."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[PolicyExpectation]).validate_python(values or [])
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"The expectations {path} cannot be read: {problem}.") from problem
    except yaml.YAMLError as problem:
        raise SettingsError(f"{path} is not YAML: {problem}") from problem
    except ValidationError as problem:
        raise SettingsError(f"{path} cannot be used: {all_faults(problem)}") from problem


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
