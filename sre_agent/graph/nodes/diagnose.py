"""The engine's verdict over everything in the ledger."""

from __future__ import annotations

from langgraph.runtime import Runtime

from mcp_servers.contract.facts import Subject
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import ledger, started_at
from sre_agent.graph.state import State


async def diagnose(state: State, runtime: Runtime[Context]) -> State:
    context = runtime.context
    weighing = context.engine.weigh(
        [Subject.model_validate(text) for text in state.get("subjects", [])],
        await ledger(context),
        started_at=started_at(state),
        budget_left=0,
    )
    diagnosis = weighing.diagnosis
    context.progress.say("diagnosis", context.incident, data=diagnosis.model_dump(mode="json"))
    return {"diagnosis": diagnosis.model_dump(mode="json")}
