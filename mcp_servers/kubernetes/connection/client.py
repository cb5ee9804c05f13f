"""One cluster as the server sees it: raw JSON over the official client's connection and authentication.

Objects stay plain dicts, so nothing is lost or invented on the way. Nothing is connected before the first call; one
instance serves all threads.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from mcp_servers.contract.refusals import Code
from mcp_servers.serving import cancellation as called_off
from mcp_servers.serving import request_tracing
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.proxy_pages import PASSING, is_page, is_passing, not_its_own
from mcp_servers.serving.unreachable import in_words

if TYPE_CHECKING:  # the official client is loaded by what connects with it, and urllib3 with that
    from kubernetes.client import ApiClient

    from mcp_servers.kubernetes.connection.open_connections import OpenConnections

Obj = dict[str, Any]
CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 9.0
GRACE_SECONDS: Final = 1.0  # that the other requests of a call get once one stayed without an answer
ATTEMPTS: Final = 3
FIRST_PAUSE: Final = 0.2  # seconds before a request is made again, doubled each time, with as much again by chance
PAGE: Final = 500
CHUNK: Final = 262_144  # bytes of a text that is read as it comes
AGAIN: Final = PASSING | {429}
JSON: Final = "application/json, */*"
FIELD_MANAGER: Final = "sre-agent"  # under which our writes stand in managedFields
NAMES: Final = (
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"  # a list without spec, data and status
)


@dataclass(frozen=True)
class ApiReply:
    """A JSON answer and the API server's clock when it was given."""

    body: Obj
    at: datetime


class StatusError(Exception):
    """The API server said no: HTTP `status`, Kubernetes `reason` and `message`."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message


class ClusterConnection:
    """`name` is the scope of every subject; `connect` opens the connection, when the first request is made."""

    def __init__(self, name: str, connect: Callable[[], ApiClient]) -> None:
        self.name = name
        self._connect = connect
        self._lock = threading.Lock()
        self._open: tuple[ApiClient, OpenConnections] | None = None

    def close(self) -> None:
        """Let the connections go; a later request opens them anew."""
        with self._lock:
            if self._open is not None:
                api, _ = self._open
                api.close()
                api.rest_client.pool_manager.clear()
            self._open = None

    def get(self, path: str, *, accept: str = JSON, **query: Any) -> ApiReply:
        """GET of an API path such as `/api/v1/namespaces/shop/pods/web`. Raises StatusError or TeachingError."""
        response = self._send("GET", path, query, accept=accept)
        return ApiReply(_parse_body(response) or {}, _date(response))

    def list(self, path: str, **query: Any) -> ApiReply:
        """Every page of a list as one: `body.items`; each item carries its kind."""
        items: list[Obj] = []
        reply = self.get(path, limit=PAGE, **query)
        while True:
            kind = str(reply.body.get("kind", "")).removesuffix("List")
            items += [{"kind": kind, **item} for item in reply.body.get("items") or []]
            mark = reply.body.get("metadata", {}).get("continue")
            if not mark:
                return ApiReply({**reply.body, "items": items}, reply.at)
            reply = self.get(path, limit=PAGE, **{**query, "continue": mark})

    def text(self, path: str, **query: Any) -> tuple[str, datetime]:
        response = self._send("GET", path, query, is_json=False)
        return response.data.decode(errors="replace"), _date(response)

    def chunks(self, path: str, **query: Any) -> tuple[Iterator[bytes], datetime]:
        """A text as it comes, never held as a whole."""
        response = self._send("GET", path, query, is_json=False, whole=False)
        return _stream(response, path, self.name), _date(response)

    def review(self, path: str, body: Obj) -> ApiReply:
        """POST of a review: the API server answers a question and keeps nothing."""
        response = self._send("POST", path, {}, body=body)
        return ApiReply(_parse_body(response) or {}, _date(response))

    def patch(self, path: str, body: Any, content_type: str, *, dry_run: bool = False) -> ApiReply:
        """PATCH, sent once; a dry run, which changes nothing, as often as a question.

        `content_type` e.g. application/strategic-merge-patch+json.
        """
        query = {"fieldManager": FIELD_MANAGER, **({"dryRun": "All"} if dry_run else {})}
        attempts = ATTEMPTS if dry_run else 1
        response = self._send("PATCH", path, query, body=body, content_type=content_type, attempts=attempts)
        return ApiReply(_parse_body(response) or {}, _date(response))

    def create(self, collection: str, body: Obj, *, dry_run: bool = False) -> ApiReply:
        """POST of a whole object, sent once; 409 where it is there."""
        query = {"fieldManager": FIELD_MANAGER, **({"dryRun": "All"} if dry_run else {})}
        response = self._send("POST", collection, query, body=body, attempts=1)
        return ApiReply(_parse_body(response) or {}, _date(response))

    def delete(self, path: str, options: Obj, *, dry_run: bool = False) -> ApiReply:
        """DELETE with these options, sent once; 409 where their preconditions do not hold."""
        query = {"dryRun": "All"} if dry_run else {}
        response = self._send("DELETE", path, query, body=options, attempts=1)
        return ApiReply(_parse_body(response) or {}, _date(response))

    def evict(self, pod: Obj, *, dry_run: bool = False) -> ApiReply:
        """The eviction of exactly this pod, sent once; the API server refuses it with 429 where a budget does."""
        meta = pod["metadata"]
        identity = {"namespace": meta["namespace"], "name": meta["name"]}
        options = {"preconditions": {"uid": meta["uid"]}, **({"dryRun": ["All"]} if dry_run else {})}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": identity, "deleteOptions": options}
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/eviction"
        query = {"dryRun": "All"} if dry_run else {}
        response = self._send("POST", path, query, body=body, attempts=1)
        return ApiReply(_parse_body(response) or {}, _date(response))

    def now(self) -> datetime:
        """The API server's clock."""
        return self.get("/version").at

    def _send(
        self,
        method: str,
        path: str,
        query: dict[str, Any],
        *,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = JSON,
        is_json: bool = True,
        attempts: int = ATTEMPTS,
        whole: bool = True,
    ) -> Any:
        api, connections = self._client()
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415 - came with the connection
        from urllib3.exceptions import HTTPError, ProtocolError, TimeoutError  # noqa: PLC0415

        headers = {"Accept": accept, "Content-Type": content_type}
        pairs = [(key, str(value)) for key, value in query.items() if value not in ("", None)]
        method, url, headers, body, _ = api.param_serialize(
            method, path, query_params=pairs, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        for pause in (*_pauses(attempts - 1), None):
            called_off.check()
            left = called_off.patience(READ_SECONDS)
            if not left:
                raise _silent(path, self.name, str(api.configuration.host))
            try:
                wait = (min(CONNECT_SECONDS, left), left)
                with request_tracing.request(f"Kubernetes {method}", path=path, cluster=self.name) as fields:
                    response = connections.get(url, headers, left) if method == "GET" and whole else None
                    if response is None:
                        response = api.call_api(method, url, headers, body, _request_timeout=wait)
                    if whole or response.status >= 300:
                        response.read()
                    fields["status"] = response.status
            except (HTTPError, OSError, ApiException) as problem:
                if pause is not None and isinstance(problem, ProtocolError) and method == "GET":
                    continue  # a connection that was kept and that the server had closed meanwhile
                if isinstance(problem, TimeoutError):
                    called_off.fell_silent(GRACE_SECONDS)
                raise _unreachable(path, self.name, str(api.configuration.host), problem) from problem
            foreign = (whole or response.status >= 300) and _is_foreign(response, is_json=is_json)
            if response.status < 300 and not foreign:
                return response
            if pause is None or not (response.status in AGAIN or (foreign and is_passing(response.status))):
                if foreign and response.status not in (401, 403):
                    raise _other(path, self.name, str(api.configuration.host), response)
                raise _status(response)
            called_off.pause(pause)
        raise AssertionError("unreachable: the last pause is None")

    def _client(self) -> tuple[ApiClient, OpenConnections]:
        with self._lock:
            if self._open is None:
                from mcp_servers.kubernetes.connection.open_connections import OpenConnections  # noqa: PLC0415 - urllib3

                api = self._connect()
                self._open = (api, OpenConnections(api))
            return self._open


def _stream(response: Any, path: str, name: str) -> Iterator[bytes]:
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - came with the connection

    try:
        for chunk in response.response.stream(CHUNK, decode_content=True):
            called_off.check()
            yield chunk
    except (HTTPError, OSError) as problem:
        raise _unreachable(path, name, "", problem) from problem
    finally:
        response.response.close()


def _unreachable(path: str, name: str, host: str, problem: Exception) -> TeachingError:
    from urllib3.exceptions import TimeoutError  # noqa: PLC0415 - came with the connection

    why = in_words(problem, f"the API server {host}")
    to_do = "Check the server address in the kubeconfig, the network and the credentials plugin, then retry."
    code: Code = "timeout" if isinstance(problem, TimeoutError) else "unreachable"
    return TeachingError("unavailable", f"asking cluster {name} for {path}", why, to_do, code=code)


def _is_foreign(response: Any, *, is_json: bool) -> bool:
    """Whether something else than an API server answered. Its own answers are objects, but for logs and other text."""
    if is_page(str(response.headers.get("Content-Type", "")), response.data):
        return True
    return is_json and response.status < 300 and _parse_body(response) is None


def _other(path: str, name: str, host: str, response: Any) -> TeachingError:
    html = is_page(str(response.headers.get("Content-Type", "")), response.data)
    return not_its_own(f"asking cluster {name} for {path}", host, "the API server", response.status, html=html)


def _parse_body(response: Any) -> Obj | None:
    """The body, parsed once; None where it is no JSON object."""
    if not hasattr(response, "parsed"):
        try:
            body = json.loads(response.data)
        except ValueError:
            body = None
        response.parsed = body if isinstance(body, dict) else None
    parsed: Obj | None = response.parsed
    return parsed


def _silent(path: str, name: str, host: str) -> TeachingError:
    wrong = f"not sent: the API server {host} did not answer an earlier request of this call."
    request, to_do = f"asking cluster {name} for {path}", "Retry with this alone."
    return TeachingError("unavailable", request, wrong, to_do, code="timeout")


def _status(response: Any) -> StatusError:
    text = response.data.decode(errors="replace")
    try:
        body = json.loads(text)
        return StatusError(response.status, str(body.get("reason", "")), str(body.get("message", text)))
    except (ValueError, AttributeError):
        return StatusError(response.status, str(response.reason), text[:300])


def _date(response: Any) -> datetime:
    text = response.headers.get("Date")
    return parsedate_to_datetime(text).astimezone(UTC) if text else datetime.now(UTC)


def _pauses(count: int) -> Iterator[float]:
    for attempt in range(count):
        yield FIRST_PAUSE * 2**attempt * (1 + random.random())  # noqa: S311 - jitter, no secret
