"""The ledger of model calls added up: by incident, agent, model or whatever else a row holds, and by the hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from sre_agent.domain.model_call import ModelCall

KEYS: Final[dict[str, Callable[[ModelCall], str]]] = {
    "incident": lambda call: call.incident,
    "agent": lambda call: call.agent,
    "model": lambda call: call.model,
    "hour": lambda call: f"{call.at:%Y-%m-%d %H}:00",
    "user": lambda call: call.user,
    "tier": lambda call: call.tier,
    "prompt": lambda call: call.prompt,
    "batch": lambda call: "batch" if call.batch else "real time",
    "outcome": lambda call: call.outcome,
}


class Costs(BaseModel):
    """Calls with the same `of`. `failed` of the calls gave no answer; `unpriced` were priced by the dearest model;
    `estimated` ended before the provider told what they took. Beside them `reused` were not made, as the same request
    had been answered shortly before; `held_calls` of batch jobs are not collected yet, and `held_dollars` are the most
    that these may cost."""

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)

    of: tuple[str, ...]
    calls: int
    failed: int
    unpriced: int
    estimated: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    seconds: float
    dollars: float
    reused: int = 0
    held_calls: int = Field(alias="held", default=0)
    held_dollars: float = 0.0

    @property
    def hit_rate(self) -> float | None:
        """The part of the prompts' tokens that a cache gave back; None without prompts."""
        prompt = self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
        return self.cache_read_tokens / prompt if prompt else None


def added_up(calls: Iterable[ModelCall], by: Sequence[str]) -> list[Costs]:
    """One line for each combination of `by` (names of KEYS), in the order in which they first occur.

    Held calls are among `calls`, with the outcome `held`.
    """
    groups: dict[tuple[str, ...], list[ModelCall]] = {}
    for call in calls:
        groups.setdefault(tuple(KEYS[key](call) for key in by), []).append(call)
    return [_line(of, group) for of, group in groups.items()]


def total(calls: Sequence[ModelCall]) -> Costs:
    return _line((), calls)


def _line(of: tuple[str, ...], group: Sequence[ModelCall]) -> Costs:
    calls, held_rows = [[call for call in group if (call.outcome == "held") is so] for so in (False, True)]
    return Costs(
        of=of,
        calls=sum(not call.reused for call in calls),
        failed=sum(call.outcome != "answered" for call in calls),
        unpriced=sum(not call.priced for call in calls),
        estimated=sum(call.estimated for call in calls),
        reused=sum(call.reused for call in calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        cache_read_tokens=sum(call.cache_read_tokens for call in calls),
        cache_write_tokens=sum(call.cache_write_tokens for call in calls),
        seconds=sum(call.seconds for call in calls),
        dollars=sum(call.dollars for call in calls),
        held_calls=len(held_rows),
        held_dollars=sum(call.dollars for call in held_rows),
    )
