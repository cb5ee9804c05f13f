"""The answers of a paged operation, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

from mcp_servers.serving.aws_times import as_of


class AwsQueries(Protocol):
    """What answers single requests."""

    def ask(self, service: str, operation: str, **params: Any) -> Any: ...


class Pages:
    """Iterates over answers; `cut` is true after the end when the limit was reached first."""

    def __init__(
        self, account: AwsQueries, service: str, operation: str, limit: int, mark: str, params: dict[str, Any]
    ) -> None:
        self._account, self._service, self._operation = account, service, operation
        self._limit, self._mark, self._params = limit, mark, params
        self.cut = False
        self.as_of: datetime | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        params = dict(self._params)
        for _ in range(self._limit):
            answer = self._account.ask(self._service, self._operation, **params)
            self.as_of = as_of(answer)
            yield answer
            if not answer.get(self._mark):
                return
            params[self._mark] = answer[self._mark]
        self.cut = True
