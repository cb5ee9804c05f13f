"""One call of a chat model, as the ledger of costs keeps it: who asked for what, what it took, and how it ended.

A call that failed has a row too, so that a bill can be held against it. What was said is never in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from sre_agent.domain.base import Noun

Tier = Literal["small", "large"]
Outcome = Literal[
    "answered",
    "empty",  # neither text nor a tool call
    "malformed",  # not in the form that was asked for
    "guarded",  # a guardrail stepped in
    "throttled",
    "timeout",
    "unavailable",  # the service failed
    "broken",  # the answer ended before it was whole
    "too_long",  # more than the model takes
    "denied",  # no credentials, no access to the model, or no such model
    "refused",  # the request is not one that the model takes
    "deviated",  # a script that has no turn for the request
    "interrupted",  # who asked was called off before the answer was there
    "held",  # a batch job has it: nobody knows yet how it ended, and its price is the most that it may cost
]


class ModelCall(Noun):
    """Tokens are disjoint: `input_tokens` came from no cache. `priced` is False where the model has no known price and
    the dearest one was taken. `seconds` is how long the caller waited. `prompt` names the prompt and its digest.
    `batch`: it was a record of a batch job, at the price of one. `estimated`: the provider told no tokens, as the call
    ended without its answer; what was sent and what came of the answer were counted here. `reused`: it was not made, as
    the same request had been answered shortly before; it took nothing."""

    id: str
    incident: str = ""
    agent: str
    user: str = ""
    prompt: str = ""
    model: str
    tier: Tier
    at: datetime
    seconds: float
    outcome: Outcome
    input_tokens: int = Field(0, ge=0)
    output_tokens: int = Field(0, ge=0)
    cache_read_tokens: int = Field(0, ge=0)
    cache_write_tokens: int = Field(0, ge=0)
    dollars: float = Field(0.0, ge=0)
    priced: bool = True
    batch: bool = False
    estimated: bool = False
    reused: bool = False
