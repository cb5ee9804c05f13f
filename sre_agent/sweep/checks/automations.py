"""Automations of Systems Manager that failed in the last day and were not run with success since."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis import recency
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import risk, scope_of

NAME: Final = "automations"
FAILED: Final = ("Failed", "TimedOut")
SINCE: Final = timedelta(days=1)


async def _run(scope: SweepScope) -> CheckOutcome:
    call = await scope.ask("ssm", "list_automations", {})
    rows = call.answer.data.get("executions", []) if call.answer is not None else []
    newest: dict[str, dict[str, str]] = {}
    for row in rows:  # newest first
        newest.setdefault(str(row.get("document", "")), row)
    troubles = []
    for document, row in newest.items():
        started = recency.instant(row.get("started"))
        if row.get("status") in FAILED and started is not None and scope.now - started <= SINCE:
            about = Subject(scope=scope_of(call), kind="Automation", name=document)
            why = f": {row['failure']}" if row.get("failure") else ""
            text = f"The newest execution of {document}, of {started:%Y-%m-%d %H:%M} UTC, ended {row['status']}{why}."
            troubles.append(risk(NAME, "SEV3", about, text, call))
    return outcome(troubles, [call])


CHECK: Final = SweepCheck(
    name=NAME,
    title="failed Automations of Systems Manager",
    permission="ssm:DescribeAutomationExecutions",
    run=_run,
    of_cluster=True,
)
