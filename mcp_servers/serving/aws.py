"""One AWS account and region as the servers see it: clients made once, answers with their clock, errors that teach.

Whoever enters brings an operation's name and parameters and gets the answer as a dict, or a TeachingError that names
the missing IAM action. Nothing is called before the first question, and botocore not loaded: the list of tools need not
wait for it.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.contract.facts import Coverage
from mcp_servers.contract.refusals import Code
from mcp_servers.serving import cancellation as called_off
from mcp_servers.serving import request_tracing
from mcp_servers.serving.account_number import AccountNumber
from mcp_servers.serving.aws_clients import READ_SECONDS, AwsClients, PageError
from mcp_servers.serving.aws_errors import endpoint_of, taught
from mcp_servers.serving.aws_errors import not_sent as not_sent
from mcp_servers.serving.aws_pages import Pages
from mcp_servers.serving.aws_role import Role
from mcp_servers.serving.aws_times import as_of as as_of
from mcp_servers.serving.aws_times import denied_time as denied_time
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.gaps import gap as gap
from mcp_servers.serving.proxy_pages import is_passing, not_its_own
from mcp_servers.serving.reuse import ReusedAnswers
from mcp_servers.serving.unreachable import in_words

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
        self._role = role
        self._clients = AwsClients(region=region, profile=profile, endpoint=endpoint, keys=keys, role=role)
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
        except PageError as problem:
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
        """The answer of AWS itself; a page that came in its place is asked over a few times. Raises PageError."""
        call = getattr(self._clients.client(service, attempts), operation)
        for pause in (*(FIRST_PAUSE * 2**time for time in range(attempts - 1)), None):
            try:
                with request_tracing.request(f"{service}:{_camel(operation)}", region=self.region) as fields:
                    answer = call(**params)
                    fields["aws_request_id"] = str(answer["ResponseMetadata"].get("RequestId", ""))
                    fields["retries"] = int(answer["ResponseMetadata"].get("RetryAttempts", 0))
                return answer
            except PageError as problem:
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
        return self._clients.session()

    @property
    def identity(self) -> tuple[str, str]:
        """Whose answers these are, and of where: access key id and region, before anything is asked."""
        if self._role is not None:
            return self._role.arn, self.region
        credentials = self._clients.session().get_credentials()
        return (str(credentials.access_key) if credentials is not None else "", self.region)

    @property
    def region(self) -> str:
        return str(self._clients.session().region_name or "unknown")

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


def _camel(operation: str) -> str:
    return "".join(part.capitalize() for part in operation.split("_"))
