"""A sweep that was asked of the service, and what changed since an earlier one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from sre_agent.domain.base import Noun
from sre_agent.domain.sweep import Sweep, Trouble
from sre_agent.domain.sweep_matching import got_worse, matches


class SweepRun(Noun):
    """A sweep that was asked of the service: under way, done, or failed with `why`. `holder` is the process that runs
    it, `pid:number@host`. `schedule` is the one that it was due by, `missed_runs` how many of its runs were not taken
    before it."""

    id: str
    cluster: str = ""
    namespace: str = ""
    schedule: str = ""
    missed_runs: int = 0
    hygiene: bool = False
    by: str = ""
    state: Literal["running", "done", "failed"] = "running"
    started_at: datetime
    ended_at: datetime | None = None
    holder: str = ""
    why: str = ""
    sweep: Sweep | None = None


class SweepComparison(Noun):
    """What changed between two sweeps: troubles that the `earlier` one did not have, those that became `worse` (a
    higher severity, or they reach more), those that are `fixed`, and those that are as they were."""

    earlier: str
    later: str
    new: list[Trouble] = Field(default_factory=list)
    worse: list[Trouble] = Field(default_factory=list)
    unchanged: list[Trouble] = Field(default_factory=list)
    fixed: list[Trouble] = Field(default_factory=list)


def compared(earlier: Sweep, later: Sweep) -> SweepComparison:
    """Troubles are the same by `sweep_matching`. What a later sweep could not look at again is not fixed."""
    pairs = matches(earlier.troubles, later.troubles)
    both = [trouble for trouble in later.troubles if trouble.key in pairs]
    worse = [trouble for trouble in both if got_worse(pairs[trouble.key], trouble)]
    still = {trouble.key for trouble in (*pairs.values(), *later.unverified)}
    return SweepComparison(
        earlier=earlier.id,
        later=later.id,
        new=[trouble for trouble in later.troubles if trouble.key not in pairs],
        worse=worse,
        unchanged=[trouble for trouble in both if trouble not in worse],
        fixed=[trouble for trouble in earlier.troubles if trouble.key not in still],
    )
