"""What the field reports share: systems with the names that such systems have, logs in blocks of several lines.

A block is what a program writes at one moment; `<time>` in it stands for that moment.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tests.worlds import calling, controllers
from tests.worlds.objects import NOW, Obj
from tests.worlds.outages import uses
from tests.worlds.parts import App, Draw
from tests.worlds.path_lines import FORMS, Manner
from tests.worlds.workloads import calm

STYLES: Final = ("{}", "{}-service", "{}service", "ts-{}-service", "{}-svc", "{}-api")
FRONTS: Final = ("frontend", "gateway", "web", "nginx-web", "storefront", "frontend-proxy", "bff")
SMALL: Final = ("ad", "email", "shipping", "quote", "media", "station", "review", "wishlist", "weather", "newsletter")
REASONS: Final = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
STORES: Final = {
    "mongodb": (27017, "mongo:4.4.29"),
    "postgres": (5432, "postgres:15.6"),
    "redis": (6379, "redis:7.2-alpine"),
    "valkey": (6379, "valkey/valkey:7.2"),
    "memcached": (11211, "memcached:1.6.23"),
    "kafka": (9092, "confluentinc/cp-kafka:7.6.0"),
    "rabbitmq": (5672, "rabbitmq:3.13-management"),
}
STORE_WORK: Final = {
    27017: '{{"t":{{"$date":"<time>"}},"s":"I","c":"NETWORK","msg":"Connection accepted","attr":{{"id":{1}}}}}',
    5432: "<time> [{1}] LOG:  connection received: host=10.2.3.{1} port=410{1}",
    6379: "1:M <time> * {1} changes in 300 seconds. Saving...",
    11211: "<{1} new auto-negotiating client connection",
    9092: "[<time>] INFO [GroupMetadataManager brokerId=1] Removed {1} expired offsets (kafka.coordinator.group)",
    5672: "<time> [info] <0.{1}.0> accepting AMQP connection (10.2.3.{1}:41222 -> 10.2.3.4:5672)",
}
WORK: Final = (
    "INFO handled GET /v1/{} 200 in {} ms",
    'level=info msg="request done" route=/v1/{} status=200 took={}ms',
    '{{"level":"info","msg":"ok","item":"{}","ms":{}}}',
    '{{"severity":"info","timestamp":"<time>","message":"request complete","path":"/{}","http.resp.took_ms":{}}}',
    '10.2.1.7 - - "GET /api/{} HTTP/1.1" 200 {}',
    "<time>  INFO 1 --- [nio-8080-exec-4] c.e.web.AccessLog : {} served in {} ms",
)
NOISE: Final = (
    "WARN configuration key 'legacy.mode' is deprecated and has no effect",
    'level=warning msg="client went away before the answer was written" err="context canceled"',
    '10.2.1.9 - - "GET /favicon.ico HTTP/1.1" 404 19',
    "(node:1) DeprecationWarning: The `punycode` module is deprecated. Please use a userland alternative instead.",
    'WARN  OpenTelemetry exporter: 1 span dropped, attribute "http.body" too long',
)


@dataclass
class System:
    """One demo system or small company: a namespace and a manner of naming."""

    draw: Draw
    namespace: str
    style: str
    roles: set[str] = field(default_factory=set)

    def app(self, role: str, *, replicas: int = 0, port: int = 0) -> App:
        assert role not in self.roles, f"two services are called {role}"
        self.roles.add(role)
        return own_port(
            self.draw, self.draw.app(self.namespace, name=self.style.format(role), replicas=replicas, port=port)
        )

    def front(self) -> App:
        return self.app(self.draw.pick(*FRONTS), replicas=self.draw.number(1, 3))

    def store(self, kind: str, role: str, *, stateful: bool | None = None) -> App:
        """A database, cache or broker with one pod, a StatefulSet or a Deployment."""
        port, image = STORES[kind]
        name = self.draw.pick(f"{kind}-{role}", f"{role}-{kind}")
        app = self.draw.app(self.namespace, name=name, replicas=1, port=port)
        runs_image(app, image)
        if self.draw.pick(True, False) if stateful is None else stateful:
            controllers.stateful(self.draw, app)
        return own_port(self.draw, app)

    def others(self) -> tuple[str, ...]:
        """One to three more services that work, some with a harmless line now and then; their names."""
        free = [role for role in SMALL if role not in self.roles]
        roles = self.draw.rng.sample(free, self.draw.number(1, 3))
        apps = [self.app(role) for role in roles]
        for app in apps:
            writes(self.draw, app, *self.draw.pick((), (self.draw.pick(*NOISE),)), minutes=24)
        return tuple(app.name for app in apps)


def system(draw: Draw) -> System:
    return System(draw, draw.place(), draw.pick(*STYLES))


def own_port(draw: Draw, app: App) -> App:
    """Its Service has the port of the program, as such systems are mostly written."""
    app.service["spec"]["ports"][0].update(port=app.port, name=draw.pick("tcp", "main", "grpc", f"p-{app.port}"))
    controllers.fresh(draw, app)
    return app


def runs_image(app: App, image: str) -> None:
    app.image = image
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["image"] = image
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["image"] = image


def link(draw: Draw, caller: App, callee: App, *, value: str = "{}", key: str = "") -> str:
    """The caller is configured with the callee; its host and port. `value`: what stands around them."""
    address = f"{calling.host_of(draw, callee, caller)}:{callee.port}"
    key = key or re.sub(r"\W+", "_", callee.name).upper() + draw.pick("_ADDR", "_URL", "_ENDPOINT")
    container = caller.pods[0]["spec"]["containers"][0]
    if {"env", "envFrom"} & set(container) or draw.pick(True, False):
        uses(caller, **{key: value.format(address)})
    else:
        calling.told_of(draw, caller, key, value.format(address), "config")
    return address


def stamped(minutes: float, block: str) -> list[str]:
    """The lines of a block with the times that the container runtime puts before them."""
    moment = NOW - timedelta(minutes=minutes)
    own = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    lines = block.replace("<time>", own).splitlines()
    return [
        f"{(moment + timedelta(milliseconds=i)).strftime('%Y-%m-%dT%H:%M:%S.%fZ')} {ln}" for i, ln in enumerate(lines)
    ]


def writes(
    draw: Draw,
    app: App,
    *blocks: str,
    minutes: float = 17,
    since: float = 25,
    until: float = 0,
    pods: Sequence[Obj] = (),
) -> None:
    """Each pod's log: its work, and between it, from `minutes` ago until `until`, the blocks in turn."""
    work = STORE_WORK.get(app.port) or WORK[zlib.crc32(f"{app.name} {app.hash}".encode()) % len(WORK)]
    for pod in pods or app.pods:
        moment, turn, lines = min(since, 25.0) - 0.1, 0, list[str]()
        while moment > 0.05:
            lines += stamped(moment, work.format(draw.suffix(6), draw.number(2, 60)))
            if blocks and until <= moment <= minutes and draw.number(0, 3):
                lines += stamped(moment - 0.02, blocks[turn % len(blocks)])
                turn += 1
            moment -= draw.rng.uniform(0.2, 0.7)
        keep(draw, app, pod, lines)


def last_words(draw: Draw, app: App, block: str, *, pods: Sequence[Obj] = (), minutes: float = 2.3) -> None:
    """What each pod's container wrote before it ended, or since it started: it writes no more."""
    for pod in pods or app.pods:
        keep(draw, app, pod, stamped(minutes, block))


def keep(draw: Draw, app: App, pod: Obj, lines: Sequence[str], *, container: str = "", previous: bool = False) -> None:
    name = container or pod["spec"]["containers"][0]["name"]
    draw.logs.append(
        {
            "namespace": app.namespace,
            "pod": pod["metadata"]["name"],
            "container": name,
            "previous": previous,
            "text": "\n".join(lines),
        }
    )


def answered(draw: Draw, address: str, status: int = 500) -> str:
    """The caller's words when the callee answers with an error."""
    route = draw.pick("items", "search", "orders", "users/42", "quote")
    return str(
        draw.pick(
            "<time> ERROR 1 --- [nio-8080-exec-7] c.e.gateway.ApiController : upstream call failed\n"
            f"org.springframework.web.client.HttpServerErrorException: {status} on GET request for"
            f' "http://{address}/{route}":'
            " [no body]\n"
            "\tat org.springframework.web.client.RestTemplate.doExecute(RestTemplate.java:902)\n"
            "\tat c.e.gateway.ApiController.fetch(ApiController.java:61)",
            "Traceback (most recent call last):\n"
            f'  File "/app/views.py", line {draw.number(20, 200)}, in fetch\n'
            "    response.raise_for_status()\n"
            f"requests.exceptions.HTTPError: {status} Server Error: {REASONS[status]} for url:"
            f" http://{address}/{route}",
            f"AxiosError: Request failed with status code {status}\n"
            "    at settle (/app/node_modules/axios/lib/core/settle.js:19:12)\n"
            f"    url: 'http://{address}/{route}', method: 'get'",
            f'level=error msg="call failed" target={address} method=/{route} err="rpc error: code = Internal desc ='
            f' upstream returned {status}"',
            "fail: Web.Controllers.HomeController[0]\n"
            f"      System.Net.Http.HttpRequestException: Response status code does not indicate success: {status}.\n"
            f"         at Web.Clients.Upstream.GetAsync(String url) url=http://{address}/{route}",
            f"E, [<time> #7] ERROR -- : Faraday::ServerError: the server responded with status {status}"
            f" (GET http://{address}/{route})",
            f"[error] GET http://{address}/{route} -> {status}\n"
            "** (Web.UpstreamError) upstream answered with an error\n"
            "    (web 1.9.0) lib/web/upstream.ex:44: Web.Upstream.get!/2",
            f"ERROR front::client: call failed url=http://{address}/{route} status={status}",
            f"[<time>] production.ERROR: Server error: `GET http://{address}/{route}` resulted in a `{status}`"
            f" response",
        )
    )


def unheard(draw: Draw, address: str, manner: Manner) -> str:
    """The caller's words when nothing comes back: refused, timeout, unresolved or unanswered."""
    host, _, port = address.partition(":")
    ways = [one for one in FORMS[manner] if "psql" not in one and "[emerg]" not in one]
    if int(port) in STORE_WORK and manner in NO_STORE:
        ways = [*NO_STORE[manner], *([OWN_CLIENT[int(port), manner]] * 2 if (int(port), manner) in OWN_CLIENT else [])]
    return str(draw.pick(*ways)).format(host=host, port=port, status=500)


NO_STORE: Final[dict[Manner, tuple[str, ...]]] = {
    "refused": (
        'level=error msg="store unavailable" err="dial tcp {host}:{port}: connect: connection refused"',
        "java.net.ConnectException: Connection refused: {host}:{port}\n"
        "\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)",
        "Error: connect ECONNREFUSED {host}:{port}\n"
        "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)",
    ),
    "timeout": (
        'level=error msg="store unavailable" err="dial tcp {host}:{port}: i/o timeout"',
        "java.net.SocketTimeoutException: Connect timed out: {host}:{port}\n"
        "\tat java.base/sun.nio.ch.NioSocketImpl.timedFinishConnect(NioSocketImpl.java:546)",
        "Error: connect ETIMEDOUT {host}:{port}\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)",
    ),
    "unresolved": (
        'level=error msg="store unavailable" err="dial tcp: lookup {host} on 10.96.0.10:53: no such host"',
        "Caused by: java.net.UnknownHostException: {host}: Name or service not known",
        "Error: getaddrinfo ENOTFOUND {host}\n    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",
    ),
}
OWN_CLIENT: Final[dict[tuple[int, Manner], str]] = {
    (6379, "refused"): "redis.exceptions.ConnectionError: Error 111 connecting to {host}:{port}. Connection refused.",
    (6379, "timeout"): "redis.exceptions.TimeoutError: Timeout connecting to server {host}:{port}",
    (5432, "refused"): 'psycopg2.OperationalError: connection to server at "{host}" (10.96.3.4), port {port} failed:'
    " Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
    (5432, "timeout"): 'psycopg2.OperationalError: connection to server at "{host}" (10.96.3.4), port {port} failed:'
    " Connection timed out",
    (27017, "refused"): "MongoServerSelectionError: connect ECONNREFUSED {host}:{port}\n"
    "    at Topology.selectServer (/app/node_modules/mongodb/lib/sdam/topology.js:326:38)",
    (27017, "timeout"): "pymongo.errors.ServerSelectionTimeoutError: {host}:{port}: timed out, Timeout: 30s",
}


def slowly(draw: Draw, address: str) -> str:
    """The caller's words when an answer does not come in time."""
    route, ms = draw.pick("items", "search", "orders", "quote"), draw.pick(1000, 2000, 3000, 5000)
    return str(
        draw.pick(
            f'level=error msg="call failed" target={address} method=/{route} err="rpc error: code ='
            f" DeadlineExceeded desc ="
            ' context deadline exceeded"',
            "<time>  WARN 1 --- [nio-8080-exec-2] c.e.gateway.Upstream : no answer in time\n"
            f"org.springframework.web.client.ResourceAccessException: I/O error on GET request for"
            f' "http://{address}/{route}":'
            " Read timed out\n"
            "\tat org.springframework.web.client.RestTemplate.createResourceAccessException(RestTemplate.java:926)\n"
            "Caused by: java.net.SocketTimeoutException: Read timed out",
            f"AxiosError: timeout of {ms}ms exceeded\n"
            "    at RedirectableRequest.handleRequestTimeout (/app/node_modules/axios/lib/adapters/http.js:678:16)\n"
            f"    url: 'http://{address}/{route}'",
            f"httpx.ReadTimeout: timed out while reading from http://{address}/{route}",
            f"System.Threading.Tasks.TaskCanceledException: The request to http://{address}/{route} was"
            f" canceled due to the"
            f" configured HttpClient.Timeout of {ms // 1000} seconds elapsing.",
            f"[error] Finch: GET http://{address}/{route} failed: %Mint.TransportError{{reason: :timeout}}",
        )
    )


def rises(draw: Draw, metric: str, where: dict[str, str], low: float, high: float, *, minutes: int = 18) -> None:
    draw.prometheus(metric, where, [*calm(draw, low, 60 - minutes), *calm(draw, high, minutes)])


def either(*words: str) -> str:
    """A pattern that takes any of these words as they stand."""
    return "|".join(re.escape(word) for word in words)
