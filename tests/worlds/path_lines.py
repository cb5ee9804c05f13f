"""What client programs and libraries write when a call fails: one way of saying it for each manner of failing.

`host` and `port` are those that the program was given. The forms are those of the libraries, not of any world.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from tests.worlds.parts import Draw

Manner = Literal["refused", "timeout", "unresolved", "unanswered", "answered", "nameless"]
Lines = list[str]

REFUSED: Final = (
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp'
    ' {host}:{port}: connect: connection refused"',
    "java.net.ConnectException: Connection refused: {host}:{port}",
    "System.Net.Http.HttpRequestException: Connection refused ({host}:{port})",
    'Errno::ECONNREFUSED: Failed to open TCP connection to {host}:{port} (Connection refused - connect(2) for "{host}"'
    " port {port})",
    "Error: error sending request for url (http://{host}:{port}/v1): error trying to connect: tcp connect error:"
    " Connection refused (os error 111)",
    "requests.exceptions.ConnectionError: HTTPConnectionPool(host='{host}', port={port}): Max retries exceeded with"
    " url: /v1 (Caused by NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))",
    "[error] 31#31: *8 connect() failed (111: Connection refused) while connecting to upstream, client: 10.2.1.7,"
    ' server: _, request: "GET / HTTP/1.1", upstream: "http://{host}:{port}/"',
    '{{"level":"error","msg":"call failed","target":"http://{host}:{port}/v1","error":"connect ECONNREFUSED"}}',
    "PHP Fatal error:  Uncaught GuzzleHttp\\Exception\\ConnectException: cURL error 7: Failed to connect to {host} port"
    " {port}: Connection refused",
    "wget: can't connect to remote host ({host}:{port}): Connection refused",
)
TIMEOUT: Final = (
    "java.net.http.HttpConnectTimeoutException: HTTP connect timed out: http://{host}:{port}/v1",
    "rpc error: code = DeadlineExceeded desc = context deadline exceeded: dial tcp {host}:{port}: i/o timeout",
    "Error: error sending request for url (http://{host}:{port}/v1): operation timed out",
    "Net::OpenTimeout: Failed to open TCP connection to {host}:{port} (execution expired)",
    "System.Threading.Tasks.TaskCanceledException: The request to http://{host}:{port}/v1 was canceled due to the"
    " configured HttpClient.Timeout of 5 seconds elapsing.",
    "[error] 31#31: *8 upstream timed out (110: Connection timed out) while connecting to upstream, client: 10.2.1.7,"
    ' server: _, request: "GET / HTTP/1.1", upstream: "http://{host}:{port}/"',
    '{{"level":"error","msg":"call failed","target":"http://{host}:{port}/v1","error":"connect ETIMEDOUT"}}',
    "aiohttp.client_exceptions.ConnectionTimeoutError: Connection timeout to host http://{host}:{port}/v1",
    "cURL error 28: Connection timed out after 5001 milliseconds for http://{host}:{port}/v1",
)
UNRESOLVED: Final = (
    "rpc error: code = Unavailable desc = dns: A record lookup error: lookup {host} on 10.96.0.10:53: no such host",
    "java.net.UnknownHostException: {host}",
    "SocketError: Failed to open TCP connection to {host}:{port} (getaddrinfo: Name or service not known)",
    "System.Net.Http.HttpRequestException: Name or service not known ({host}:{port})",
    'nginx: [emerg] host not found in upstream "{host}" in /etc/nginx/conf.d/default.conf:8',
    "aiohttp.client_exceptions.ClientConnectorDNSError: Cannot connect to host {host}:{port} ssl:default [Name or"
    " service not known]",
    '{{"level":"error","msg":"call failed","host":"{host}","error":"getaddrinfo ENOTFOUND {host}"}}',
    'psql: error: could not translate host name "{host}" to address: Name or service not known',
)
UNANSWERED: Final = (
    "dial tcp: lookup {host} on 10.96.0.10:53: read udp 10.2.3.9:41000->10.96.0.10:53: i/o timeout",
    "Error: getaddrinfo EAI_AGAIN {host}",
    "SocketError: Failed to open TCP connection to {host}:{port} (getaddrinfo: Temporary failure in name resolution)",
    "curl: (6) Could not resolve host: {host}; Temporary failure in name resolution",
    "java.net.UnknownHostException: {host}: Temporary failure in name resolution",
    "dial tcp: lookup {host} on 10.96.0.10:53: server misbehaving",
)
ANSWERED: Final = (  # the callee answers, and badly: its own callee fails
    "ERROR GET http://{host}:{port}/v1 answered {status}",
    "requests.exceptions.HTTPError: {status} Server Error for url: http://{host}:{port}/v1/items",
    '{{"level":"error","msg":"upstream failed","url":"http://{host}:{port}/v1","status":{status}}}',
    'org.springframework.web.client.HttpServerErrorException: {status} on GET request for "http://{host}:{port}/v1"',
    "AxiosError: Request failed with status code {status} (http://{host}:{port}/v1)",
    'level=error msg="bad answer" url=http://{host}:{port}/v1 status={status}',
)
NAMELESS: Final = (
    "ERROR upstream answered {status}",
    'level=error msg="bad gateway" status={status}',
    '{{"level":"error","msg":"request failed","status":{status}}}',
    "AxiosError: Request failed with status code {status}",
    "[ERROR] backend call failed with HTTP {status}",
)
FORMS: Final[dict[Manner, tuple[str, ...]]] = {
    "refused": REFUSED,
    "timeout": TIMEOUT,
    "unresolved": UNRESOLVED,
    "unanswered": UNANSWERED,
    "answered": ANSWERED,
    "nameless": NAMELESS,
}


def lines(draw: Draw, manner: Manner, host: str, port: int) -> Lines:
    """The same line again and again, alone or between lines of work that succeeds for others."""
    line = draw.pick(*FORMS[manner]).format(host=host, port=port, status=draw.pick(500, 502, 503))
    count = draw.number(9, 24)
    mixture: Callable[[], Lines] = lambda: [one for i in range(count) for one in (f"INFO task {i} done", line)]  # noqa: E731
    return draw.pick([line] * count, mixture())  # type: ignore[no-any-return]
