"""Paging of Systems Manager lists: a token is the place to go on from."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.errors import AwsError


def page(items: list[dict[str, Any]], params: dict[str, Any], key: str, *, default: int = 50) -> dict[str, Any]:
    """One page of `items` under `key`, with a NextToken when more follow; InvalidNextToken."""
    token = params.get("NextToken") or "0"
    if not token.isdigit():
        raise AwsError("InvalidNextToken", f"{token!r} is no token of this operation.")
    start, size = int(token), int(params.get("MaxResults") or default)
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {key: items[start : start + size], **more}
