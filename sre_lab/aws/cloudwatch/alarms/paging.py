"""Pages of the alarm operations: MaxRecords at a time, with a token for the rest."""

from __future__ import annotations

from typing import Any, TypeVar

from sre_lab.aws.errors import AwsError

PAGE = 50  # records where the caller names no number
LARGEST_PAGE = 100
T = TypeVar("T")


def page(items: list[T], params: dict[str, Any]) -> tuple[list[T], dict[str, str]]:
    """(the page that the request's token names, the NextToken field if there is more)."""
    token, size = str(params.get("NextToken") or "0"), int(params.get("MaxRecords") or PAGE)
    if not token.isdigit():
        raise AwsError("InvalidNextToken", f"The token {token!r} is not valid.")
    if not 1 <= size <= LARGEST_PAGE:
        raise AwsError("ValidationError", f"MaxRecords must be between 1 and {LARGEST_PAGE}, not {size}.")
    start = int(token)
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], more
