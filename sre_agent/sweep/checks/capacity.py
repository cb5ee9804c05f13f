"""How much room is left for pods, by node group and zone."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import Severity
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import risk

NAME: Final = "capacity"
NARROW, FULL = 90, 98  # per cent of what nodes have, asked for by pods


async def _run(scope: SweepScope) -> CheckOutcome:
    call = await scope.ask("kubernetes", "kubectl_nodes", {})
    groups: list[dict[str, Any]] = call.answer.data.get("groups", []) if call.answer is not None else []
    troubles = []
    for group in groups:
        shares = {name: int(share) for name, share in group["shares"].items() if int(share) >= NARROW}
        if not shares:
            continue
        where = " in ".join(part for part in (group["group"] or "nodes in no group", group["zone"]) if part)
        asks = ", ".join(f"{share} % of {name}" for name, share in sorted(shares.items()))
        severity: Severity = "SEV3" if max(shares.values()) >= FULL else "SEV4"
        about = Subject(
            scope=str(call.answer.data.get("scope", "")) if call.answer else "", kind="NodeGroup", name=where
        )
        text = f"{where} ({group['nodes']} nodes): pods request {asks}."
        troubles.append(risk(NAME, severity, about, text, call))
    return outcome(troubles, [call])


CHECK: Final = SweepCheck(
    name=NAME,
    title="room for pods by node group and zone",
    permission="list nodes and pods",
    run=_run,
    of_cluster=True,
)
