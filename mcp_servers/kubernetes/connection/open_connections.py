"""The next GET over a connection that is open already, without all that stands between urllib3 and a socket.

An agent reads object after object from one API server. urllib3 makes a connection: it knows proxies, certificates and
names. Once it is open, a GET is a few lines and an answer, and what urllib3 and http.client do around these took longer
than the API server itself. Whatever is not plain here goes the ordinary way, which alone opens connections and says
what is wrong with one; asking again is harmless, because a GET changes nothing. A server that once answered in another
way, as behind some proxies, is asked the ordinary way from then on.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httptools
from urllib3 import HTTPConnectionPool, HTTPHeaderDict
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ReadTimeoutError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

CHUNK: Final = 262_144  # bytes that are taken from the socket at once
DIFFERENT: Final = ("Content-Encoding", "Upgrade")  # headers of an answer that is left to urllib3


class PlainResponse:
    """An answer as httptools reads it, whole; to be used as the official client's own."""

    status = 0
    data = b""
    reason = ""
    is_complete = False
    is_reusable = False  # whether its connection takes another request

    def __init__(self) -> None:
        self.headers = HTTPHeaderDict()
        self.parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []

    @property
    def is_plain(self) -> bool:
        return self.status >= 200 and not any(name in self.headers for name in DIFFERENT)

    def read(self) -> bytes:
        return self.data

    def on_status(self, reason: bytes) -> None:
        self.reason += reason.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.add(name.decode("latin-1"), value.decode("latin-1"))

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self.data = b"".join(self._parts)
        self.status = self.parser.get_status_code()
        self.is_reusable = self.parser.should_keep_alive()  # which it no longer knows later
        del self.parser  # it holds this answer, whose memory would wait for a search for garbage
        self.is_complete = True


class OpenConnections:
    """The open connections of an official client, which keeps them in a pool of urllib3. Serves all threads."""

    def __init__(self, api: ApiClient) -> None:
        manager = api.rest_client.pool_manager
        host = str(api.configuration.host)
        self._pool: HTTPConnectionPool | None = None if manager.proxy else manager.connection_from_url(host)
        self._netloc = urlsplit(host).netloc.rpartition("@")[2]

    def get(self, url: str, headers: Mapping[str, str], seconds: float) -> PlainResponse | None:
        """The answer to a GET, whose parts may each take so long; None where it has to go the ordinary way.

        Raises urllib3's ReadTimeoutError: a server that is silent is not asked twice.
        """
        pool = self._pool
        if pool is None or (request := self._request(url, headers)) is None:
            return None
        connection = pool._get_conn()
        response: PlainResponse | None = None
        try:
            if isinstance(connection, HTTPConnection) and connection.sock is not None:
                response = _exchange(connection.sock, request, seconds)
        except TimeoutError as problem:
            raise ReadTimeoutError(pool, url, f"Read timed out. (read timeout={seconds})") from problem
        except OSError:
            pass  # closed meanwhile
        except httptools.HttpParserError:
            self._pool = None
        finally:
            if response is None or not response.is_reusable:
                connection.close()
            pool._put_conn(connection)
        if response is not None and not response.is_plain:
            self._pool, response = None, None
        return response

    def _request(self, url: str, headers: Mapping[str, str]) -> bytes | None:
        """The request as it is sent; None where anything in it would have to be written otherwise."""
        place = urlsplit(url)
        target = f"{place.path}?{place.query}" if place.query else place.path
        lines = [
            f"GET {target} HTTP/1.1",
            f"Host: {self._netloc}",
            *(f"{name}: {text}" for name, text in headers.items()),
        ]
        plain = all(line.isascii() and line.isprintable() for line in lines) and " " not in target
        return "\r\n".join([*lines, "", ""]).encode() if plain and place.netloc == self._netloc else None


def _exchange(connection: socket.socket, request: bytes, seconds: float) -> PlainResponse | None:
    """What comes back for a request; None where the connection was closed before its end."""
    connection.settimeout(seconds)
    connection.sendall(request)
    response = PlainResponse()
    parser = response.parser
    while not response.is_complete:
        part = connection.recv(CHUNK)
        if not part:
            return None
        parser.feed_data(part)
    return response
