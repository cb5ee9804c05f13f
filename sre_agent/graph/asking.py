"""The chat model within a run: whether it may still be asked, and what is noted where it does not answer.

A run goes on as without a model from the first question on that no model answers.
"""

from __future__ import annotations

from typing import Final

from sre_agent.domain.model_call import Tier
from sre_agent.errors import ModelUnavailableError
from sre_agent.graph.context import Context
from sre_agent.graph.state import State

HALF: Final = 0.5  # of the budget, from which on the large model is spared
WHY: Final = {
    "budget": "its budget is used up",
    "denied": "access to it is denied",
    "no_model": "none is configured",
    "guarded": "a guardrail stopped the answer",
    "throttled": "it is throttled",
    "timeout": "it took too long",
    "unavailable": "its service failed",
    "broken": "its answers broke off",
    "empty": "its answers were empty",
    "malformed": "its answers were not in the form that was asked for",
    "too_long": "the question was too long for it",
    "refused": "it does not take the question",
}


def may_ask(state: State, context: Context) -> bool:
    """Whether the investigation has a chat model: one is configured, and it has not failed in this run."""
    return context.models.configured and not state.get("model_given_up")


async def tier_for(context: Context, *, hard: bool) -> Tier:
    """The large model for what is hard, as long as half of the budget is left."""
    return "large" if hard and await context.models.spent(context.incident) < HALF else "small"


def unanswered(what: str, problem: ModelUnavailableError) -> State:
    """What a node returns where no model answered; `what` was to be had from it, as `whom to ask`."""
    why = WHY.get(problem.reason, "it failed")
    note = f"No chat model told {what}, because {why}; the run went on without one."
    return {"model_given_up": problem.reason, "model_notes": [note]}
