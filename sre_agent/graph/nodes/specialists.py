"""The four specialists as nodes: each answers what it was sent and adds its finding."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from langgraph.runtime import Runtime

from sre_agent.agents.specialist import investigate
from sre_agent.domain.finding import EvidenceRequest
from sre_agent.graph.context import Context
from sre_agent.graph.state import Ask, State


def specialist(name: str) -> Callable[[Ask, Runtime[Context]], Awaitable[State]]:
    """The node of one member of the roster."""

    async def node(state: Ask, runtime: Runtime[Context]) -> State:
        context = runtime.context
        finding = await investigate(
            context.roster[name],
            context.incident,
            state["round"],
            [EvidenceRequest.model_validate(request) for request in state["requests"]],
            toolbox=context.toolbox,
            clock=context.clock,
            progress=context.progress,
        )
        return {"findings": {name: finding.model_dump(mode="json")}}

    node.__name__ = name
    return node
