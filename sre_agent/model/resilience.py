"""What keeps a failing or busy service from failing us: pauses between attempts, a breaker and quotas for each model.

All of it reads the injected clock and nothing waits here: each part says for how long, and who asks waits.
"""

from __future__ import annotations

from bisect import insort
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sre_agent.breaker import Breaker
from sre_agent.domain.model_call import Outcome

ATTEMPTS: Final[dict[Outcome, int]] = {  # calls of one model that may end so, before the next model is asked
    "throttled": 4,
    "unavailable": 3,
    "timeout": 2,
    "broken": 3,
    "empty": 2,
    "malformed": 2,
    "too_long": 5,  # each with less in it
}
FIRST_PAUSE: Final = 0.5  # seconds; doubled after each attempt
LONGEST_PAUSE: Final = 20.0
FAILURES: Final = 5  # one after the other, until a model is left alone
LEFT_ALONE: Final = timedelta(seconds=60)
LEFT_ALONE_DENIED: Final = timedelta(minutes=10)  # somebody has to grant access first
MINUTE: Final = timedelta(seconds=60)
LEAST: Final = 0.1  # of a quota, however often it was refused
RECOVERY: Final = 0.05  # of a quota, won back by each answer


def pause(attempt: int, random: Random) -> float:
    """Seconds before the next attempt after `attempt` failed ones: anything below a bound that doubles (jitter)."""
    return random.uniform(0.0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)))


def breaker() -> Breaker:
    """Of one model."""
    return Breaker(FAILURES, LEFT_ALONE)


def note(breaker: Breaker, outcome: Outcome, now: datetime) -> None:
    """What speaks for the model's health counts; that a request was too long or odd says nothing of it."""
    if outcome in ("answered", "guarded", "too_long", "refused", "malformed", "empty", "deviated"):
        breaker.succeeded()
    else:
        breaker.failed(now, LEFT_ALONE_DENIED if outcome == "denied" else None)


class Quota:
    """Requests and tokens of any sixty seconds, held on our side so that the service has nothing to refuse.

    When it does refuse, others share the account's quota: ours is halved, and grows back with each answer.
    """

    def __init__(self, requests: int, tokens: int) -> None:
        self._requests, self._tokens = requests, tokens
        self._share = 1.0
        self._booked: list[tuple[datetime, int, int]] = []  # start, number, tokens; in the order of time
        self._number = 0

    @property
    def share(self) -> float:
        """The part of the configured quota that is used now."""
        return self._share

    def book(self, tokens: int, now: datetime) -> tuple[datetime, int]:
        """The earliest start of a call of so many tokens, and the number under which it is booked."""
        self._booked = [entry for entry in self._booked if entry[0] > now - MINUTE]
        starts = sorted({now, *(entry[0] + MINUTE for entry in self._booked)})
        start = next(when for when in starts if self._fits(tokens, when))
        self._number += 1
        insort(self._booked, (start, self._number, tokens))
        return start, self._number

    def settle(self, number: int, tokens: int) -> None:
        """What the call really took."""
        self._booked = [(s, n, tokens if n == number else t) for s, n, t in self._booked]

    def cancel(self, number: int) -> None:
        self._booked = [entry for entry in self._booked if entry[1] != number]

    def speed_up(self) -> None:
        self._share = min(1.0, self._share + RECOVERY)

    def slow_down(self) -> None:
        self._share = max(LEAST, self._share / 2)

    def _fits(self, tokens: int, when: datetime) -> bool:
        """A call that is larger than the whole quota fits where nothing else is."""
        near = [entry for entry in self._booked if when - MINUTE < entry[0] < when + MINUTE]
        if not near:
            return True
        requests, rate = max(1, int(self._requests * self._share)), self._tokens * self._share
        return len(near) < requests and sum(entry[2] for entry in near) + tokens <= rate
