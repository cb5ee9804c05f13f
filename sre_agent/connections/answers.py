"""What a service answers, as our own values and our own errors: a verb fails as it would if it did the work itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from sre_agent.errors import (
    AbsentError,
    BadInputError,
    NotNowError,
    PermanentError,
    SettingsError,
    SreAgentError,
    TemporaryError,
)

M = TypeVar("M", bound=BaseModel)
ERRORS: Final[dict[int, type[SreAgentError]]] = {
    400: BadInputError,
    404: AbsentError,
    409: NotNowError,
    413: BadInputError,
    422: BadInputError,
    429: TemporaryError,
    502: TemporaryError,
    503: TemporaryError,
    504: TemporaryError,
}
CREDENTIALS: Final = (
    "{place} does not take these credentials: {detail} Set SRE_AGENT_TOKEN, or token_file (SRE_AGENT_TOKEN_FILE)."
)


def answer_of(response: httpx.Response, place: str) -> Any:
    """The JSON of an answer; None where it has none. Raises what the service says went wrong."""
    if response.status_code < 400:
        return _json(response, place) if response.content else None
    detail = _detail(response)
    if response.status_code in (401, 403):
        raise SettingsError(CREDENTIALS.format(place=place, detail=detail))
    raise ERRORS.get(response.status_code, PermanentError)(detail)


def read(kind: type[M], data: Any) -> M:
    try:
        return kind.model_validate(data)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PermanentError(
            f"The service's answer does not fit this version ({kind.__name__}.{where}: {first['msg']}). Use the version"
            " of sre-agent that the service has."
        ) from problem


@contextmanager
def errors_of(place: str) -> Iterator[None]:
    """What goes wrong on the way becomes a TemporaryError that names the service."""
    try:
        yield
    except httpx.TransportError as problem:
        raise TemporaryError(f"{place} cannot be reached: {problem or type(problem).__name__}") from problem
    except httpx.InvalidURL as problem:
        raise SettingsError(f"{place} is no address of a service: {problem}") from problem


def _json(response: httpx.Response, place: str) -> Any:
    try:
        return response.json()
    except ValueError as problem:
        raise PermanentError(f"{place} does not answer as sre-agent does. Is it the address of a service?") from problem


def _detail(response: httpx.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        body = None
    detail = body.get("detail") if isinstance(body, dict) else None
    return str(detail or f"The service answered {response.status_code} {response.reason_phrase}.")
