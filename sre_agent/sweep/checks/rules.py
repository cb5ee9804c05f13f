"""Rules of Prometheus that cannot be evaluated: what they watch raises no alert."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import risk, scope_of

NAME: Final = "rules"


async def _run(scope: SweepScope) -> CheckOutcome:
    if "prometheus" not in scope.servers:
        return CheckOutcome()
    call = await scope.ask("prometheus", "prometheus_rules", {})
    rows = call.answer.data.get("rules", []) if call.answer is not None else []
    troubles = []
    for row in rows:
        if row.get("health") == "err":
            about = Subject(scope=scope_of(call), kind="Rule", name=f"{row['group']}:{row['rule']}")
            text = f"Rule {row['rule']} of group {row['group']} cannot be evaluated: {row.get('error', '')}."
            troubles.append(risk(NAME, "SEV3", about, text, call))
    return outcome(troubles, [call])


CHECK: Final = SweepCheck(
    name=NAME,
    title="rules of Prometheus that cannot be evaluated",
    permission="read access to /api/v1/rules; aps:ListRules",
    run=_run,
    of_cluster=True,
)
