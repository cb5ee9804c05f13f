"""One AWS account and region as the servers see it: clients made once, answers with their clock, errors that teach.

Whoever enters brings an operation's name and parameters and gets the answer as a dict, or a TeachingError that names
the missing IAM action. Nothing is called before the first question, and botocore not loaded: the list of tools need not
wait for it.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final

from mcp_servers.contract.facts import Coverage
from mcp_servers.contract.refusals import Code
from mcp_servers.serving import cancellation as called_off
from mcp_servers.serving import request_tracing
from mcp_servers.serving.account_number import AccountNumber
from mcp_servers.serving.aws_errors import endpoint_of, origin, taught
from mcp_servers.serving.aws_errors import not_sent as not_sent
from mcp_servers.serving.aws_role import Role
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.gaps import gap as gap
from mcp_servers.serving.large_answers import read_plainly
from mcp_servers.serving.proxy_pages import is_page, is_passing, not_its_own
from mcp_servers.serving.reuse import ReusedAnswers
from mcp_servers.serving.unreachable import in_words

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 9
ATTEMPTS: Final = 3
FIRST_PAUSE: Final = 0.2  # seconds before a page is asked over, doubled each time


class AwsAccount:
    """Clients by service, thread-safe. `scope` is `<account>/<region>`, `unknown/<region>` where STS denies.

    `keys` are (access key id, secret access key, session token) of an identity that is not the process's own; with
    `role` that role is assumed by the process's own. Results that were paid for are reused for `reuse_seconds` at most.
    """

    def __init__(
        self,
        *,
        region: str = "",
        profile: str = "",
        endpoint: str = "",
        keys: tuple[str, str, str] | None = None,
        role: Role | None = None,
        reuse_seconds: float = 0.0,
    ) -> None:
        self.reused: ReusedAnswers[Any] = ReusedAnswers(reuse_seconds)
        self._region, self._profile, self._endpoint, self._keys = region, profile, endpoint, keys
        self._role = role
        self._lock = threading.RLock()
        self._session: Any = None
        self._clients: dict[tuple[str, int], Any] = {}
        self._number = AccountNumber(self._ask_for_number)

    def ask(self, service: str, operation: str, *, request: str = "", attempts: int = ATTEMPTS, **params: Any) -> Any:
        """The answer of one operation, named as boto3 names its methods. Raises TeachingError only.

        `attempts` is 1 for what must not be sent twice.
        """
        action = f"{service}:{_camel(operation)}"
        request = request or action
        called_off.check()
        if not called_off.patience(READ_SECONDS):
            wrong = "skipped: AWS did not answer an earlier request of this call."
            raise TeachingError("unavailable", request, wrong, "Retry with this alone.", code="timeout")
        from botocore.exceptions import (  # noqa: PLC0415 - see above
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            NoRegionError,
            ParamValidationError,
            ProfileNotFound,
            ReadTimeoutError,
        )

        try:
            return self._call(service, operation, attempts, params)
        except _PageError as problem:
            service_there = f"AWS ({service})"
            raise not_its_own(request, problem.where, service_there, problem.status, html=problem.html) from problem
        except ClientError as problem:
            if self._role is not None and problem.operation_name == "AssumeRole":
                raise taught(problem, f"the role {self._role.arn}", "sts:AssumeRole") from problem
            raise taught(problem, request, action) from problem
        except (NoCredentialsError, ProfileNotFound, NoRegionError) as problem:
            to_do = "Give the server credentials and a region: AWS_* environment, --profile, --region."
            raise TeachingError("denied", request, str(problem), to_do) from problem
        except ParamValidationError as problem:
            raise TeachingError("bad_request", request, " ".join(str(problem).split())) from problem
        except BotoCoreError as problem:
            to_do = "Check the network, the region and AWS_ENDPOINT_URL, then retry."
            where = f"the AWS endpoint {endpoint_of(problem) or service}"
            code: Code = "timeout" if isinstance(problem, ReadTimeoutError) else "unreachable"
            raise TeachingError("unavailable", request, in_words(problem, where), to_do, code=code) from problem

    def _call(self, service: str, operation: str, attempts: int, params: dict[str, Any]) -> Any:
        """The answer of AWS itself; a page that came in its place is asked over a few times. Raises _PageError."""
        call = getattr(self._client(service, attempts), operation)
        for pause in (*(FIRST_PAUSE * 2**time for time in range(attempts - 1)), None):
            try:
                with request_tracing.request(f"{service}:{_camel(operation)}", region=self.region) as fields:
                    answer = call(**params)
                    fields["aws_request_id"] = str(answer["ResponseMetadata"].get("RequestId", ""))
                    fields["retries"] = int(answer["ResponseMetadata"].get("RetryAttempts", 0))
                return answer
            except _PageError as problem:
                if pause is None or not is_passing(problem.status):
                    raise
                called_off.pause(pause * (1 + random.random()))  # noqa: S311 - spreads, hides nothing
        raise AssertionError("unreachable: the last pause is None")

    def pages(self, service: str, operation: str, *, limit: int, mark: str = "NextToken", **params: Any) -> Pages:
        """The answers of a paged operation, at most `limit` of them; `Pages.cut` says whether more were there."""
        return Pages(self, service, operation, limit, mark, params)

    @property
    def scope(self) -> str:
        """The same for all of one call: an answer that names a thing `unknown/<region>` tells it as a gap, too."""
        return f"{self._number.number()[0] or 'unknown'}/{self.region}"

    @property
    def session(self) -> Any:
        """The boto3 Session behind it, for what is signed and not sent."""
        return self._open()

    @property
    def identity(self) -> tuple[str, str]:
        """Whose answers these are, and of where: access key id and region, before anything is asked."""
        if self._role is not None:
            return self._role.arn, self.region
        credentials = self._open().get_credentials()
        return (str(credentials.access_key) if credentials is not None else "", self.region)

    @property
    def region(self) -> str:
        return str(self._open().region_name or "unknown")

    @property
    def why_unknown(self) -> TeachingError | None:
        """Why the account's number cannot be told in this call; None where it is known."""
        return self._number.number()[1]

    def now(self) -> datetime:
        """The clock of AWS; this machine's where STS does not answer (signatures hold the two within minutes)."""
        try:
            return as_of(self.ask("sts", "get_caller_identity"))
        except TeachingError as problem:
            return denied_time(problem) or datetime.now(UTC)

    def gaps(self) -> list[Coverage]:
        """A coverage entry when the account's number could not be read."""
        why = self.why_unknown
        return [] if why is None else [gap(why, "account number")]

    def _ask_for_number(self) -> str:
        return str(self.ask("sts", "get_caller_identity")["Account"])

    def _open(self) -> Any:
        with self._lock:
            if self._session is None:
                import boto3  # noqa: PLC0415 - a tenth of a second, which the list of tools need not wait for
                from botocore.exceptions import ProfileNotFound  # noqa: PLC0415
                from botocore.session import get_session  # noqa: PLC0415

                from mcp_servers.serving.assumed_role import RoleProvider  # noqa: PLC0415

                own = self._keys or (None, None, None)
                core = get_session()
                core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_instant)
                try:
                    if self._role is not None:
                        provider = RoleProvider(self._role, self._profile, self._region, self._endpoint)
                        core.register_component("credential_provider", provider)
                    self._session = boto3.Session(
                        *own,
                        botocore_session=core,
                        profile_name=self._profile or None,
                        region_name=self._region or os.environ.get("AWS_REGION") or None,
                    )
                except ProfileNotFound as problem:
                    raise TeachingError("denied", "AWS", str(problem), "Choose an existing profile.") from problem
            return self._session

    def _client(self, service: str, attempts: int) -> Any:
        with self._lock:
            key = (service, attempts)
            if key not in self._clients:
                session = self._open()
                from botocore.config import Config  # noqa: PLC0415 - comes with boto3

                self._clients[key] = session.client(
                    service,
                    endpoint_url=self._endpoint or None,
                    config=Config(
                        connect_timeout=CONNECT_SECONDS,
                        read_timeout=READ_SECONDS,
                        retries={"mode": "standard", "total_max_attempts": attempts},
                        max_pool_connections=20,
                    ),
                )
                events = self._clients[key].meta.events
                events.register_first(f"needs-retry.{service}", _give_up)
                refuse = partial(_refuse_page, origin(self._clients[key].meta.endpoint_url))
                events.register_first("before-parse", refuse)
                if service == "logs":
                    read_plainly(self._clients[key])
            return self._clients[key]


class Pages:
    """Iterates over answers; `cut` is true after the end when the limit was reached first."""

    def __init__(
        self, account: AwsAccount, service: str, operation: str, limit: int, mark: str, params: dict[str, Any]
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


class _PageError(Exception):
    """Something else than AWS answered at the address `where`."""

    def __init__(self, where: str, status: int, *, html: bool) -> None:
        super().__init__(f"{where} responded {status}")
        self.where, self.status, self.html = where, status, html


def _refuse_page(where: str, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Before it is parsed: of a page a parser makes an empty answer, or an error that nobody foresaw."""
    status, body = int(response_dict["status_code"]), response_dict["body"]
    if operation_model.has_streaming_output or not isinstance(body, bytes):
        return
    html = is_page(str(response_dict["headers"].get("content-type", "")), body)
    is_json = operation_model.service_model.resolved_protocol in ("json", "rest-json")
    if html or (is_json and status < 300 and body.strip() and not body.lstrip().startswith((b"{", b"["))):
        raise _PageError(where, status, html=html)


def _give_up(caught_exception: Exception | None, **_: Any) -> None:
    """A service that stays silent is asked once: each further try would cost a caller as long again."""
    from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError  # noqa: PLC0415 - see above

    if isinstance(caught_exception, ReadTimeoutError | ConnectTimeoutError):
        called_off.fell_silent(0)
        raise caught_exception


def as_of(answer: dict[str, Any]) -> datetime:
    """When the service answered, by its own clock (the Date header)."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except ValueError as problem:
        raise TeachingError("failed", "AWS", f"the response has no valid Date header ({date!r}).") from problem


def _instant(value: object) -> datetime:
    """A time of an answer. botocore looks up this machine's zone for each, most of the work of an answer with many."""
    if isinstance(value, int | float):
        with suppress(ValueError, OverflowError, OSError):  # not a time that this machine knows
            return datetime.fromtimestamp(value, UTC)
    from botocore.utils import parse_timestamp  # noqa: PLC0415 - see above

    parsed: datetime = parse_timestamp(value)
    return parsed


def denied_time(problem: TeachingError) -> datetime | None:
    """The service's clock when it refused; None when it did not answer at all."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - see above

    cause = problem.__cause__
    return as_of(cause.response) if isinstance(cause, ClientError) else None


def _camel(operation: str) -> str:
    return "".join(part.capitalize() for part in operation.split("_"))
