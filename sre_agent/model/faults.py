"""How a call ended, read off the error of whichever client raised it.

Clients have no error in common. What they share are LangChain's names for the conditions, and HTTP's statuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast, get_args

from sre_agent.domain.model_call import Outcome

NAMES: Final[dict[str, Outcome]] = {  # of error classes, the most telling first
    "ContextOverflowError": "too_long",
    "ModelAuthenticationError": "denied",
    "ModelPermissionDeniedError": "denied",
    "ModelNotFoundError": "denied",
    "ModelInvalidRequestError": "refused",
    "ModelRateLimitError": "throttled",
    "ModelTimeoutError": "timeout",
    "APITimeoutError": "timeout",
    "TimeoutException": "timeout",
    "TimeoutError": "timeout",
    "ModelAPIError": "unavailable",
    "ModelConnectionError": "unavailable",
    "APIConnectionError": "unavailable",
    "ConnectionError": "unavailable",
    "OSError": "unavailable",
}
STATUSES: Final[dict[int, Outcome]] = {
    401: "denied",
    403: "denied",
    404: "denied",
    408: "timeout",
    413: "too_long",
    424: "unavailable",
    429: "throttled",
}
LONGEST: Final = 300  # characters of a client's error; the rest is its own noise
TOO_LONG: Final = ("too long", "context length", "context_length_exceeded", "context window", "too many input tokens")


def outcome_of(problem: BaseException, of_client: Callable[[BaseException], str | None]) -> Outcome:
    """How a call ended that raised `problem`; `of_client` is asked first, and answers None for what it does not know.

    An error that nobody knows counts as an answer that could not be read.
    """
    client_outcome = of_client(problem)
    if client_outcome is not None:
        assert client_outcome in get_args(Outcome)
        return cast(Outcome, client_outcome)
    status = getattr(problem, "status_code", None)
    if isinstance(status, int) and status >= 400:
        return of_status(status, str(problem))
    names = {one.__name__ for one in type(problem).__mro__}
    return next((outcome for name, outcome in NAMES.items() if name in names), "malformed")


def in_words(problem: BaseException, longest: int = LONGEST) -> str:
    """A client's error on one line: its kind, and what it says, cut between words."""
    kind, message = type(problem).__name__, " ".join(str(problem).split())
    return truncate(f"{kind}: {message}", longest) if message else kind


def truncate(text: str, longest: int) -> str:
    """At most so many characters, and no half word where there is a whole one before it."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    return f"{head.rpartition(' ')[0] or head[:-1]} …"


def of_status(status: int, text: str) -> Outcome:
    """How a call ended by an error's HTTP status, 400 and over; `text` is what the error says."""
    if status in STATUSES:
        return STATUSES[status]
    wordy = status < 500 and any(mark in text.lower() for mark in TOO_LONG)
    return "too_long" if wordy else "refused" if status < 500 else "unavailable"
