"""The last step: what is said, and what is kept."""

from __future__ import annotations

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime

from sre_agent import reports
from sre_agent.domain.action import Action, Remediation, Ruling, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Finding
from sre_agent.errors import PermanentError
from sre_agent.graph.context import Context
from sre_agent.graph.state import State


async def report(state: State, runtime: Runtime[Context]) -> State:
    """Keeps the report in the store and beside it as Markdown and JSON; closes the write sessions."""
    context = runtime.context
    incident = await context.store.incident(context.incident)
    outcome, plan = state.get("outcome"), state.get("remediation_plan") or {}
    if incident is None or outcome is None:
        raise PermanentError(f"Incident {context.incident} reached its report without an outcome.")
    await context.toolbox.close_writers()
    done = reports.build(
        incident,
        status=outcome["status"],
        reason=outcome["reason"],
        diagnosis=Diagnosis.model_validate(state["diagnosis"]),
        findings=[Finding.model_validate(f) for f in state.get("findings", {}).values()],
        ledger=await context.store.ledger(context.incident),
        gaps=state.get("gaps", []),
        action=Action.model_validate(plan.get("undo_of") or plan["action"]) if plan.get("action") else None,
        skipped=plan.get("skipped", []),
        ruling=Ruling.model_validate(state["ruling"]) if state.get("ruling") else None,
        remediations=[Remediation.model_validate(r) for r in state.get("remediations", [])],
        verification=Verification.model_validate(state["verification"]) if state.get("verification") else None,
        now=context.clock.now(),
    )
    await context.store.keep_report(done)
    reports.write(done, context.settings.state_dir / "reports")
    return {"messages": [AIMessage(content=done.statement, id=f"report-{context.incident}")]}
