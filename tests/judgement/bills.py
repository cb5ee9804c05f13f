"""What the calls of chat models took in one run, added up, and how many of them had to wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sre_agent.agents.roster import roster
from sre_agent.domain.model_call import ModelCall


@dataclass(frozen=True)
class Bill:
    calls: int
    tokens: int
    seconds: float
    dollars: float
    prompt: int
    cached: int

    def __add__(self, other: Bill) -> Bill:
        return Bill(
            self.calls + other.calls,
            self.tokens + other.tokens,
            self.seconds + other.seconds,
            self.dollars + other.dollars,
            self.prompt + other.prompt,
            self.cached + other.cached,
        )

    @property
    def parts(self) -> tuple[int, int, float, float]:
        return self.calls, self.tokens, self.seconds, self.dollars


NOTHING = Bill(0, 0, 0.0, 0.0, 0, 0)


def bill(calls: Sequence[ModelCall], *, side_by_side: bool = True) -> Bill:
    """Specialists work `side_by_side`, or one after the other."""
    waits = [one[1] for one in _links(calls)] if side_by_side else [call.seconds for call in calls]
    prompt = sum(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens for c in calls)
    return Bill(
        len(calls),
        prompt + sum(c.output_tokens for c in calls),
        sum(waits),
        sum(c.dollars for c in calls),
        prompt,
        sum(c.cache_read_tokens for c in calls),
    )


def chain(calls: Sequence[ModelCall]) -> int:
    """Calls one after another: of specialists side by side the most that one of them made."""
    return sum(one[0] for one in _links(calls))


def _links(calls: Sequence[ModelCall]) -> Iterator[tuple[int, float]]:
    """Calls and seconds of each step of a run. What lies between two calls of the supervisor runs side by side."""
    members = roster()
    for together, part in groupby(calls, key=lambda call: call.agent in members):
        in_order = list(part)
        each = (
            [[c for c in in_order if c.agent == agent] for agent in {c.agent for c in in_order}]
            if together
            else [in_order]
        )
        yield max(len(own) for own in each), max(sum(c.seconds for c in own) for own in each)
