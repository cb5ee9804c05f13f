"""A DynamoDB table that executing servers on several machines share, asked with this server's own credentials.

It stands apart from the account that a server reads and writes: another region, another endpoint, and an answer that
did not come must never look like one. Nothing is loaded or sent before the first question.
"""

from __future__ import annotations

import threading
from typing import Any, Final
from urllib.parse import parse_qsl

from mcp_servers.serving.errors import TeachingError

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 5
ATTEMPTS: Final = 4
CONFLICTS: Final = 5  # times that a transaction is sent again because another was at the same items
CONDITION: Final = "ConditionalCheckFailed"
OPTIONS: Final = frozenset({"region", "endpoint"})


class UnmetConditionError(Exception):
    """A condition of a request does not hold. `codes` has an entry for each part of a transaction."""

    def __init__(self, codes: tuple[str, ...] = ()) -> None:
        super().__init__("A condition of this request does not hold.")
        self.codes = codes


class StateTable:
    """`where` is `TABLE`, `TABLE?region=eu-west-1` or `TABLE?region=eu-west-1&endpoint=http://127.0.0.1:5000`.

    The key of an item is its `id`. Raises ValueError where that cannot be meant, and TeachingError `unavailable` or
    `denied` where the table cannot be asked.
    """

    def __init__(self, where: str) -> None:
        self.name, _, query = where.partition("?")
        options = dict(parse_qsl(query, strict_parsing=True)) if query else {}
        if not self.name or options.keys() - OPTIONS:
            raise ValueError(f"a table is named as TABLE?region=REGION&endpoint=URL, not {where!r}")
        self._region, self._endpoint = options.get("region"), options.get("endpoint")
        self._lock = threading.Lock()
        self._client: Any = None

    def get(self, id_: str) -> dict[str, Any] | None:
        """The item as DynamoDB has it now, with typed values; None where there is none."""
        answer = self.ask("get_item", TableName=self.name, Key={"id": {"S": id_}}, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def ask(self, operation: str, **params: Any) -> dict[str, Any]:
        """The answer of an operation, named as boto3 names its methods. Raises UnmetConditionError, too."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        from mcp_servers.serving.aws_errors import taught  # noqa: PLC0415 - botocore

        action = "dynamodb:" + "".join(part.capitalize() for part in operation.split("_"))
        for attempt in range(CONFLICTS):
            try:
                answer: dict[str, Any] = getattr(self._open(), operation)(**params)
                return answer
            except ClientError as problem:
                reasons = problem.response.get("CancellationReasons") or [problem.response["Error"]]
                codes = tuple(str(reason.get("Code", "")).removesuffix("Exception") for reason in reasons)
                if CONDITION in codes:
                    raise UnmetConditionError(codes) from problem
                if "TransactionConflict" in codes and attempt + 1 < CONFLICTS:
                    continue
                raise taught(problem, f"table {self.name}", action) from problem
            except BotoCoreError as problem:
                wrong = f"DynamoDB could not be asked ({type(problem).__name__})"
                raise TeachingError("unavailable", f"table {self.name}", wrong, "Retry in a moment.") from problem
        raise AssertionError("unreachable: the last attempt raises or returns")

    def _open(self) -> Any:
        with self._lock:
            if self._client is None:
                import boto3  # noqa: PLC0415 - a tenth of a second, which only who writes has to wait for
                from botocore.config import Config  # noqa: PLC0415

                self._client = boto3.Session(region_name=self._region).client(
                    "dynamodb",
                    endpoint_url=self._endpoint,
                    config=Config(
                        connect_timeout=CONNECT_SECONDS,
                        read_timeout=READ_SECONDS,
                        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    ),
                )
            return self._client
