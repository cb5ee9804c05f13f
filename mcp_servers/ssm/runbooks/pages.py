"""One page of a listing, and where it goes on: Systems Manager's own token within a cursor of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_servers.contract.facts import Coverage
from mcp_servers.serving import cursors
from mcp_servers.serving.aws import AwsAccount, as_of
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import within

SIZE = 50  # items that one question brings; the most that all listings allow
CHARACTERS = 9_000  # of the rows as JSON


@dataclass(frozen=True)
class ItemPage:
    """`items` as AWS has them, from the cursor's place on; `as_of` is the service's clock."""

    items: list[dict[str, Any]]
    as_of: datetime
    token: str
    skipped: int
    following: str

    def page(self, rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
        """Of the items' rows those that fit into an answer, and the cursor of what follows; empty at the end."""
        page = within(rows, CHARACTERS) or list(rows[:1])  # a cursor always gets on
        if len(page) < len(rows):
            return page, cursors.encode(token=self.token, skip=self.skipped + len(page))
        return page, cursors.encode(token=self.following, skip=0) if self.following else ""

    def coverage(self, looked_at: str, more: str, detail: str = "") -> Coverage:
        """Truncated where there is more or where an earlier page was asked to be passed over."""
        cut = bool(more or self.token or self.skipped)
        text = "; ".join(part for part in ("one page of several" if cut else "", detail) if part)
        return Coverage(looked_at=looked_at, state="truncated" if cut else "complete", detail=text)


def page(
    account: AwsAccount,
    operation: str,
    key: str,
    cursor: str,
    *,
    order: Callable[[dict[str, Any]], Any] | None = None,
    **params: Any,
) -> ItemPage:
    """One page of a Systems Manager listing, sorted within itself by `order`. Raises TeachingError."""
    token, skip = "", 0
    if cursor:
        place = cursors.read(cursor, "token", "skip")
        token, skip = place["token"], place["skip"]
        if not isinstance(token, str) or not isinstance(skip, int) or skip < 0:
            raise TeachingError("bad_request", f"cursor={cursor!r}"[:100], "does not belong to this tool.")
    request = params | {"MaxResults": SIZE} | ({"NextToken": token} if token else {})
    answer = account.ask("ssm", operation, **request)
    following = str(answer.get("NextToken") or "")
    items = list(answer.get(key) or [])
    if order:
        items.sort(key=order)
    return ItemPage(items[skip:], as_of(answer), token, skip, following)
