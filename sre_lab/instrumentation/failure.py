"""One way in which requests fail: how many of them, what a program says of it, and what its caller sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class RequestFailure:
    """`share` (0 to 1) of the requests fails after `waits_ms`; `about` names what they needed; `code` is the answer."""

    share: float
    error: str
    about: str = ""
    waits_ms: float = 0.0
    code: int = 500

    def of(self, share: float) -> RequestFailure:
        """The same failure, met by `share` of the requests only."""
        return replace(self, share=self.share * share)


FailureModes = list[RequestFailure]  # of one step of a request, which meets at most one of them


def tried_again(step: FailureModes, retries: int) -> FailureModes:
    """What is left of a step's failures after so many more tries: what fails always fails still, and takes longer."""
    left = total(step) ** retries
    return [replace(f, share=f.share * left, waits_ms=f.waits_ms * (retries + 1)) for f in step]


def one_after_the_other(steps: Iterable[FailureModes]) -> FailureModes:
    """The failures of steps that a request takes in turn, as shares of all requests: whom one fails, no later one
    meets."""
    left, failures = 1.0, []
    for step in steps:
        failures += [failure.of(left) for failure in step if failure.share * left > 0]
        left *= 1.0 - total(step)
    return failures


def merge(failures: Iterable[RequestFailure]) -> FailureModes:
    """Equal failures as one, with the sum of their shares."""
    shares: dict[RequestFailure, float] = {}
    for failure in failures:
        whole = replace(failure, share=1.0)
        shares[whole] = shares.get(whole, 0.0) + failure.share
    return [whole.of(share) for whole, share in shares.items()]


def total(step: Iterable[RequestFailure]) -> float:
    return min(1.0, sum(f.share for f in step))
