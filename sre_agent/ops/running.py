"""Runs the checks of one occasion, a few at a time; a check that cannot look never keeps the others from it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, computed_field

from mcp_servers.contract.refusals import Kind, Refusal
from sre_agent.errors import SettingsError, SreAgentError, TemporaryError
from sre_agent.ops.check import SEVERE, Occasion, OpsCheck, OpsFinding, OpsResult, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

AT_ONCE: Final = 4
OpsVerdict = Literal["well", "wrong", "well_as_far_as_seen"]


class OpsReport(BaseModel):
    """The checks of one occasion, in the order of the table. `place` says where the responder keeps its state."""

    model_config = ConfigDict(frozen=True)

    occasion: Occasion
    at: datetime
    place: str
    results: list[OpsResult]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> OpsVerdict:
        states = {one.state for one in self.results}
        if states & {"warning", "problem"}:
            return "wrong"
        return "well_as_far_as_seen" if "unseen" in states else "well"

    @property
    def worst_first(self) -> list[OpsResult]:
        return sorted(self.results, key=lambda one: -SEVERE.index(one.state))

    def count(self, state: OpsState) -> int:
        return sum(one.state == state for one in self.results)


async def run(occasion: Occasion, checks: Sequence[OpsCheck], installation: InstallationView) -> OpsReport:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(check: OpsCheck) -> OpsResult:
        async with slots:
            finding = await _look(check, installation)
        return OpsResult(check=check.name, **dict(finding))

    results = await asyncio.gather(*(one(check) for check in checks))
    place = installation.settings.state_access.place
    return OpsReport(occasion=occasion, at=installation.clock.now(), place=place, results=results)


async def _look(check: OpsCheck, installation: InstallationView) -> OpsFinding:
    try:
        async with asyncio.timeout(check.seconds):
            return await check.look(installation)
    except TimeoutError:
        return _unseen(check, "unavailable", f"There was no answer within {check.seconds:.0f} s.")
    except (SreAgentError, *STORAGE_ERRORS) as problem:
        return _unseen(check, _kind(problem), str(problem))


def _kind(problem: Exception) -> Kind:
    if isinstance(problem, SettingsError):
        return "denied"
    return "unavailable" if isinstance(problem, TemporaryError) else "failed"


def _unseen(check: OpsCheck, kind: Kind, wrong: str) -> OpsFinding:
    remedy = f"Permissions that this check needs: {', '.join(check.permissions)}." if check.permissions else ""
    refusal = Refusal(kind=kind, asked=check.reads, wrong=wrong, remedy=remedy)
    return OpsFinding(state="unseen", statement=wrong, remedy=remedy, refusal=refusal)
