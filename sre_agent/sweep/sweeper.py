"""One sweep: the workloads, every check, what belongs together, and what is new since the sweep before."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sre_agent.agents.roster import Specialist
from sre_agent.clock import Clock
from sre_agent.diagnosis import Engine
from sre_agent.domain.base import IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.sweep import WORKLOADS, Sweep, SweepCheckResult, Trouble
from sre_agent.sweep.changes import since
from sre_agent.sweep.checks import CHECKS
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope
from sre_agent.sweep.exclusions import load_exclusions, without_exclusions
from sre_agent.sweep.grading import grades, namespaces_of
from sre_agent.sweep.grouping import grouped_alarms
from sre_agent.sweep.workloads import WorkloadLook, WorkloadOutcome
from sre_agent.toolbox.toolbox import Toolbox

AT_TIMES: Final = ("alertmanager_alerts",)  # tools that a server has only with some of its options
WORKLOADS_TITLE: Final = "workloads and what they need"
UNPLACED: Final = "An alarm that names no namespace:"
AGENT_OF_SERVER: Final = {"cloudwatch": "metrics", "prometheus": "metrics", "ssm": "runbooks"}


class Sweeper:
    """`checks` are made beside the look at the workloads; `exclusions` is the file of what is left out on purpose."""

    def __init__(
        self,
        toolbox: Toolbox,
        engine: Engine,
        roster: Mapping[str, Specialist],
        clock: Clock,
        *,
        exclusions: Path | None = None,
        checks: Sequence[SweepCheck] = CHECKS,
    ) -> None:
        self._toolbox, self._clock, self._checks, self._exclusions = toolbox, clock, checks, exclusions
        self._workloads = WorkloadLook(toolbox, engine, roster)

    async def sweep(
        self, namespace: str = "", *, hygiene: bool = False, before: Sweep | None = None, cluster: str = ""
    ) -> Sweep:
        """A look over a namespace (empty: the cluster), compared with the sweep `before`. `cluster` is its name where
        there are several.

        ToolsUnavailableError when the cluster cannot be read at all; SettingsError for exclusions that cannot be used.
        """
        now, exclusions = self._clock.now(), load_exclusions(self._exclusions)
        name = IncidentId(f"sweep-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}")  # its calls are nobody else's
        checks = [check for check in self._checks if not (namespace and check.of_cluster)]
        workloads = await self._workloads.take(name, namespace, hygiene=hygiene)
        scope = await self._scope(name, namespace)
        outcomes = await asyncio.gather(*(check.run(scope) for check in checks))
        evidence = {item.id: item for item in (*workloads.evidence, *(e for o in outcomes for e in o.evidence))}
        candidates = self._together(workloads, outcomes, list(evidence.values()))
        without_namespace = [one for one in candidates if namespace and one.verdict == "alarm" and not one.namespaces]
        troubles = [one for one in candidates if one not in without_namespace]
        incomplete = {one.check for one in without_namespace}
        sweep = Sweep(
            id=name,
            cluster=cluster,
            namespace=namespace,
            taken_at=now,
            troubles=troubles,
            hygiene=workloads.hygiene,
            checks=[
                _result(WORKLOADS, WORKLOADS_TITLE, not workloads.gaps, troubles),
                *(
                    _result(c.name, c.title, o.complete and c.name not in incomplete, troubles)
                    for c, o in zip(checks, outcomes, strict=True)
                ),
            ],
            gaps=_gaps(workloads, outcomes, without_namespace),
            looked_at=_looked_at(workloads.counts),
            calls=len(evidence),
        )
        sweep = without_exclusions(sweep, exclusions, before.taken_at if before is not None else None)
        sweep = sweep.model_copy(update={"grades": grades(sweep, await namespaces_of(scope))})
        return since(before, sweep)

    async def _scope(self, name: IncidentId, namespace: str) -> SweepScope:
        """What checks are given. The workloads come first: where the cluster cannot be read, nothing else is asked."""

        async def ask(server: str, tool: str, arguments: dict[str, Any]) -> Evidence:
            return await self._toolbox.ask(name, 0, AGENT_OF_SERVER.get(server, server), server, tool, arguments)

        offered_tools = await self._toolbox.tool_schemas("prometheus", AT_TIMES)
        return SweepScope(
            namespace=namespace,
            now=self._clock.now(),
            servers=frozenset(self._toolbox.servers),
            ask=ask,
            tools=frozenset(tool["function"]["name"] for tool in offered_tools),
        )

    def _together(
        self, workloads: WorkloadOutcome, outcomes: Sequence[CheckOutcome], evidence: Sequence[Evidence]
    ) -> list[Trouble]:
        """The worst first; an alarm about what a trouble touches stands with that trouble."""
        others = [trouble for outcome in outcomes for trouble in outcome.troubles]
        alarms = [trouble for trouble in others if trouble.verdict == "alarm"]
        rest = [trouble for trouble in others if trouble.verdict != "alarm"]
        troubles = [*grouped_alarms(workloads.troubles, alarms, evidence, self._workloads.root), *rest]
        return sorted(troubles, key=lambda trouble: (trouble.severity, -trouble.confidence))


def unanswered_sweep(cluster: str, namespace: str, at: datetime, why: str) -> Sweep:
    """What there is to tell of one of several clusters that could not be read at all."""
    name = IncidentId(f"sweep-{at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}")
    checks = [SweepCheckResult(name=WORKLOADS, title=WORKLOADS_TITLE, complete=False)]
    return Sweep(id=name, cluster=cluster, namespace=namespace, taken_at=at, checks=checks, gaps=[why])


def _result(name: str, title: str, complete: bool, troubles: Sequence[Trouble]) -> SweepCheckResult:
    count = sum(trouble.check == name for trouble in troubles)
    return SweepCheckResult(name=name, title=title, complete=complete, troubles=count)


def _gaps(
    workloads: WorkloadOutcome, outcomes: Sequence[CheckOutcome], without_namespace: Sequence[Trouble]
) -> list[str]:
    """What could not be read, and the alarms that name no namespace: this one may be meant."""
    alarm_gaps = [f"{UNPLACED} {alarm.statement}" for alarm in without_namespace]
    return list(dict.fromkeys([*workloads.gaps, *(gap for o in outcomes for gap in o.gaps), *alarm_gaps]))


def _looked_at(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind if count == 1 else _many(kind)}" for kind, count in counts.items() if count)


def _many(kind: str) -> str:
    if kind.endswith(("y", "ss")):
        return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}es"
    return kind if kind.endswith("s") else f"{kind}s"
