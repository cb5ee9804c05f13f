"""The specialists as nodes: each makes the calls or answers the question that it was sent, and adds its finding."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from langgraph.runtime import Runtime

from sre_agent.agents.inquiry import Inquiry, inquire
from sre_agent.agents.specialist import investigate
from sre_agent.domain.finding import EvidenceRequest
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import ledger
from sre_agent.graph.messages import finding_with_message
from sre_agent.graph.model_use import tier_for, without_model
from sre_agent.graph.routing import RESERVED
from sre_agent.graph.state import RunState, SpecialistTask


def specialist(name: str) -> Callable[[SpecialistTask, Runtime[Context]], Awaitable[RunState]]:
    """The node of one member of the roster."""

    async def node(state: SpecialistTask, runtime: Runtime[Context]) -> RunState:
        context = runtime.context
        if state["question"]:
            return await _inquire(name, state, context)
        finding = await investigate(
            context.roster[name],
            context.incident,
            state["round"],
            [EvidenceRequest.model_validate(request) for request in state["requests"]],
            toolbox=context.toolbox,
            clock=context.clock,
            progress=context.progress,
        )
        return finding_with_message(finding, context.incident)

    node.__name__ = name
    return node


async def _inquire(name: str, state: SpecialistTask, context: Context) -> RunState:
    """The answer of a chat model to an open question, as far as it came."""
    question = Inquiry(
        text=state["question"],
        briefing=state["briefing"],
        turns=state["turns"],
        calls=state["calls"],
        tier=await tier_for(context, hard=True),
        reserved=RESERVED,
    )
    result = await inquire(
        context.roster[name],
        context.incident,
        state["round"],
        question,
        models=context.models,
        toolbox=context.toolbox,
        ledger=partial(ledger, context),
        clock=context.clock,
        progress=context.progress,
        prompts=context.prompts,
    )
    update = finding_with_message(result.finding, context.incident)
    return (
        update if result.failed is None else {**update, **without_model(f"what {name} was to find out", result.failed)}
    )
