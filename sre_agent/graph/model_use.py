"""The chat model within a run: whether it may still be asked, and what is noted where it does not answer.

A run goes on as without a model from the first question on that no model answers.
"""

from __future__ import annotations

from sre_agent.domain.model_call import Tier
from sre_agent.errors import ModelUnavailableError
from sre_agent.graph.context import Context
from sre_agent.graph.state import RunState
from sre_agent.model.reasons import because


def may_ask(state: RunState, context: Context) -> bool:
    """Whether the investigation has a chat model: one is configured, and it has not failed in this run."""
    return context.models.configured and not state.get("model_given_up")


async def tier_for(context: Context, *, hard: bool) -> Tier:
    """The large model for what is hard, as long as enough of the budget is left."""
    return "large" if hard and not await context.models.spares_large(context.incident) else "small"


def without_model(what: str, problem: ModelUnavailableError) -> RunState:
    """What a node returns where no model answered; `what` was to be had from it, as `whom to ask`."""
    note = because(f"No chat model told {what}", problem, then="the run went on without one")
    return {"model_given_up": problem.reason, "model_notes": [note]}
