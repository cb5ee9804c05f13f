"""Times of AWS: its own clock in every answer, and the times that answers hold."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from mcp_servers.serving.errors import TeachingError


def as_of(answer: dict[str, Any]) -> datetime:
    """When the service answered, by its own clock (the Date header)."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except ValueError as problem:
        raise TeachingError("failed", "AWS", f"the response has no valid Date header ({date!r}).") from problem


def denied_time(problem: TeachingError) -> datetime | None:
    """The service's clock when it refused; None when it did not answer at all."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the list of tools need not wait for it

    cause = problem.__cause__
    return as_of(cause.response) if isinstance(cause, ClientError) else None


def instant(value: object) -> datetime:
    """A time of an answer. botocore looks up this machine's zone for each, most of the work of an answer with many."""
    if isinstance(value, int | float):
        with suppress(ValueError, OverflowError, OSError):  # not a time that this machine knows
            return datetime.fromtimestamp(value, UTC)
    from botocore.utils import parse_timestamp  # noqa: PLC0415 - the list of tools need not wait for it

    parsed: datetime = parse_timestamp(value)
    return parsed
