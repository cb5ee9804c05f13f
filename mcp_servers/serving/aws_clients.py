"""Clients of boto3 that keep to the patience of a call: made once, silent services asked once, foreign pages refused.

boto3 takes a tenth of a second to load, which the list of tools need not wait for.
"""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import Any, Final

from mcp_servers.serving import cancellation as called_off
from mcp_servers.serving.aws_errors import origin
from mcp_servers.serving.aws_role import Role
from mcp_servers.serving.aws_times import instant
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.large_answers import read_plainly
from mcp_servers.serving.proxy_pages import is_page

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 9


class AwsClients:
    """One session and its clients by service, thread-safe. For `keys` and `role` see AwsAccount."""

    def __init__(
        self, *, region: str, profile: str, endpoint: str, keys: tuple[str, str, str] | None, role: Role | None
    ) -> None:
        self._region, self._profile, self._endpoint, self._keys = region, profile, endpoint, keys
        self._role = role
        self._lock = threading.RLock()
        self._session: Any = None
        self._clients: dict[tuple[str, int], Any] = {}

    def session(self) -> Any:
        """The boto3 Session, made when it is first needed. Raises TeachingError for a profile that is not there."""
        with self._lock:
            if self._session is None:
                import boto3  # noqa: PLC0415 - see above
                from botocore.exceptions import ProfileNotFound  # noqa: PLC0415
                from botocore.session import get_session  # noqa: PLC0415

                from mcp_servers.serving.assumed_role import RoleProvider  # noqa: PLC0415

                own = self._keys or (None, None, None)
                core = get_session()
                core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=instant)
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

    def client(self, service: str, attempts: int) -> Any:
        """The client of a service whose requests are sent so often at most."""
        with self._lock:
            key = (service, attempts)
            if key not in self._clients:
                session = self.session()
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


class PageError(Exception):
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
        raise PageError(where, status, html=html)


def _give_up(caught_exception: Exception | None, **_: Any) -> None:
    """A service that stays silent is asked once: each further try would cost a caller as long again."""
    from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError  # noqa: PLC0415 - see above

    if isinstance(caught_exception, ReadTimeoutError | ConnectTimeoutError):
        called_off.fell_silent(0)
        raise caught_exception
