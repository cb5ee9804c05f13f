"""What became of the incidents of two versions of the prompts, and whether one is worse than the other.

The figures are those of `infra/checks/gate.py`, as far as they can be had of live incidents, whose causes nobody has
written down beforehand: how many came to a conclusion that held, how many were wrong and sure, and what they cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict

from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report

LEAST_INCIDENTS: Final = 20  # of each version; of fewer nothing is said
LEAST_CONFIDENCE: Final = 0.7  # from here on a diagnosis is sure of itself
MOST_DOLLARS: Final = 2.0  # of an incident, on average
BY_CHANCE: Final = 1.645  # standard errors: one time in twenty an equal version falls as far behind
NOT_HELD: Final = ("verification_failed", "approval_denied")  # a measurement or a person said no to the conclusion


class FinishedIncidents(Protocol):
    """The part of the store that is read."""

    async def incidents(self, *, limit: int) -> list[Incident]: ...

    async def report(self, incident: IncidentId) -> Report | None: ...


class PromptFigures(BaseModel):
    """Of `incidents` with the prompts of `version` so many were `conclusive`: seen healthy, or with a cause, that no
    measurement, no person and no later incident contradicted. `wrong_and_sure`: a remedy for a cause of 70 % or more
    did not heal it. `dollars`: US dollars for chat models, all together."""

    model_config = ConfigDict(frozen=True)

    version: str
    incidents: int = 0
    conclusive: int = 0
    wrong_and_sure: int = 0
    dollars: float = 0.0

    @property
    def enough(self) -> bool:
        return self.incidents >= LEAST_INCIDENTS

    @property
    def dollars_each(self) -> float:
        return self.share(1) * self.dollars

    def share(self, count: int) -> float:
        """Of the incidents, 0 to 1; 0 where there are none."""
        return count / self.incidents if self.incidents else 0.0


async def figures(store: FinishedIncidents, limit: int) -> dict[str, PromptFigures]:
    """By version, over so many of the newest incidents; those that no model was there for are left out."""
    by_version: dict[str, PromptFigures] = {}
    for incident in await store.incidents(limit=limit):
        report = None if incident.open else await store.report(incident.id)
        if report is None or not report.prompt_version:
            continue
        one = by_version.get(report.prompt_version, PromptFigures(version=report.prompt_version))
        by_version[one.version] = one.model_copy(
            update={
                "incidents": one.incidents + 1,
                "conclusive": one.conclusive + is_conclusive(report),
                "wrong_and_sure": one.wrong_and_sure + is_wrong_and_sure(report),
                "dollars": one.dollars + report.cost.dollars,
            }
        )
    return by_version


def is_conclusive(report: Report) -> bool:
    has_answer = report.status == "remediated" or report.diagnosis.verdict == "cause"
    return has_answer and report.reason not in NOT_HELD and not report.reopened_as


def is_wrong_and_sure(report: Report) -> bool:
    cause = report.diagnosis.hypothesis
    failed = report.reason == "verification_failed" or bool(report.reopened_as)
    return failed and cause is not None and cause.confidence >= LEAST_CONFIDENCE


def objections(trial: PromptFigures, base: PromptFigures) -> Iterator[str]:
    """Why the version on trial is worse, a sentence each; none where it is not."""
    behind = base.share(base.conclusive) - trial.share(trial.conclusive)
    if behind > BY_CHANCE * _standard_error((trial, base)):
        yield (
            f"{trial.version} comes to a conclusion in {trial.share(trial.conclusive):.0%} of its incidents,"
            f" {base.version} in {base.share(base.conclusive):.0%}"
        )
    if trial.share(trial.wrong_and_sure) > base.share(base.wrong_and_sure):
        yield (
            f"{trial.version} was wrong and sure in {trial.wrong_and_sure} of {trial.incidents} incidents,"
            f" {base.version} in {base.wrong_and_sure} of {base.incidents}"
        )
    if (each := trial.dollars_each) > MOST_DOLLARS:
        yield f"{trial.version} costs {each:.2f} $ an incident, more than {MOST_DOLLARS:.0f} $"


def _standard_error(versions: Iterable[PromptFigures]) -> float:
    """Of the difference of two shares, if both versions are equally good."""
    both = list(versions)
    share = sum(one.conclusive for one in both) / max(1, sum(one.incidents for one in both))
    return math.sqrt(share * (1 - share) * sum(1 / one.incidents for one in both if one.incidents))
