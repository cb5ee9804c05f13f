"""A sweep that was asked of the service, and what changed since an earlier one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from sre_agent.domain.base import Noun
from sre_agent.domain.sweep import Sweep, Trouble


class SweepRun(Noun):
    """A sweep that was asked of the service: under way, done, or failed with `why`. `holder` is the process that runs
    it, `pid:number@host`."""

    id: str
    namespace: str = ""
    hygiene: bool = False
    by: str = ""
    state: Literal["running", "done", "failed"] = "running"
    started_at: datetime
    ended_at: datetime | None = None
    holder: str = ""
    why: str = ""
    sweep: Sweep | None = None


class SweepComparison(Noun):
    """What changed between two sweeps: troubles that the `earlier` one did not have, those that became `worse` (they
    explain more), those that are `fixed`, and those that are as they were."""

    earlier: str
    later: str
    new: list[Trouble] = Field(default_factory=list)
    worse: list[Trouble] = Field(default_factory=list)
    unchanged: list[Trouble] = Field(default_factory=list)
    fixed: list[Trouble] = Field(default_factory=list)


def compared(earlier: Sweep, later: Sweep) -> SweepComparison:
    """Troubles are the same where their key is; worse is who has symptoms that the earlier sweep did not tell."""
    before, after = ({one.key: one for one in sweep.troubles} for sweep in (earlier, later))
    both = [trouble for key, trouble in after.items() if key in before]
    worse = [trouble for trouble in both if set(trouble.symptoms) - set(before[trouble.key].symptoms)]
    return SweepComparison(
        earlier=earlier.id,
        later=later.id,
        new=[trouble for key, trouble in after.items() if key not in before],
        worse=worse,
        unchanged=[trouble for trouble in both if trouble not in worse],
        fixed=[trouble for key, trouble in before.items() if key not in after],
    )
