"""Why no chat model answered, in words that stand in a report, in a chat or on a terminal."""

from __future__ import annotations

from typing import Final

from sre_agent.errors import ModelUnavailableError

NOT_AGAIN: Final = ("budget", "denied", "not_opened", "deviated")  # nothing else that is asked would be answered either
WHY: Final = {
    "budget": "the model budget has no room for another call",
    "denied": "access to the model is denied",
    "no_model": "no model is configured",
    "not_opened": "the model cannot be used as it is set up",
    "guarded": "a guardrail stopped the answer",
    "throttled": "the model is throttled",
    "timeout": "the model took too long",
    "unavailable": "the service of the model failed",
    "broken": "the answers of the model broke off",
    "empty": "the answers of the model were empty",
    "malformed": "the answers of the model were not in the form that was asked for",
    "too_long": "the question was too long for the model",
    "refused": "the model does not take the question",
    "deviated": "the script has no turn for this request",
}


def because(lead: str, problem: ModelUnavailableError, then: str = "") -> str:
    """`lead`, because …; `then`. What to do follows, where that is known."""
    why = WHY.get(problem.reason, "the model failed")
    sentence = f"{lead}, because {why}{f'; {then}' if then else ''}."
    return f"{sentence} {problem.detail}".strip()
