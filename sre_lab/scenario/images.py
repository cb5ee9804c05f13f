"""How the containers of an image behave: the only place where a program can be faulty."""

from __future__ import annotations

from typing import Any, Literal

from sre_lab.scenario.schema import ScenarioPart, Span
from sre_lab.scenario.services import QueueConsumption


class LogLine(ScenarioPart):
    """A line that a container writes `at` after its start, and again each `every` if given.

    `{time}` in the line becomes the line's RFC 3339 time, `{pod}` the pod's name.
    """

    at: Span = 0.0
    every: Span | None = None
    line: str


class ProcessExit(ScenarioPart):
    """The process ends by itself `after` its start. It does so only if `unless_*` does not hold.

    `unless_env`: this environment variable is set (non-empty) in the container.
    `unless_dependency`: this dependency (by name) is up.
    `unless_allowed`: the pod's ServiceAccount may do this, as `VERB RESOURCE[.GROUP]` in its own namespace.
    `when_service`: it waits further, until this Service (namespace/name) has a ready endpoint.
    """

    after: Span
    code: int = 1
    unless_env: str = ""
    unless_dependency: str = ""
    unless_allowed: str = ""
    when_service: str = ""
    log: list[str] = []  # written just before the end


class MemoryProfile(ScenarioPart):
    """Working set over the container's life: from `start` to `peak` in bytes-with-suffix over `over` seconds, and
    `per_request` more for each request that it has answered."""

    start: str = "64Mi"
    peak: str = "64Mi"
    over: Span = 30.0
    per_request: str = "0"


class GrowthProfile(ScenarioPart):
    """What a container takes over its life: from `start` to `peak` over `over` seconds."""

    start: str = "0"
    peak: str = "0"
    over: Span = 30.0


class ProbeProfile(ScenarioPart):
    """What an HTTP or TCP probe on a path (or port) meets, from `at` after the start on."""

    at: Span = 0.0
    status: int | None = 200  # None: nothing listens, the connection is refused


class RequiredSetting(ScenarioPart):
    """A variable that the program needs to have a certain value. With another one `share` of its requests fails.

    `{value}` in `error` becomes the value that the container started with.
    """

    env: str
    accepts: list[str]
    error: str
    share: float = 1.0
    waits_ms: float = 0.0  # how long a request takes that fails for it


class ClusterApiCall(ScenarioPart):
    """A permission in the cluster that the program uses again and again; a refusal is logged and fails `share`."""

    verb: str
    resource: str  # plural, `resource.group` outside the core group
    namespace: str = ""  # the pod's own
    every: Span = 15.0
    share: float = 0.0
    error_log: str = "{time} ERROR {error}"


class WebhookProfile(ScenarioPart):
    """What the program answers as an admission webhook of the cluster: it lets pass, denies, or changes the object.

    `patches` is a strategic merge patch; a container called `*` in it stands for every container of a pod.
    """

    denies: str = ""  # the reason that it gives; every object that its rules match is refused
    patches: dict[str, Any] = {}
    takes: Span = 0.0  # seconds until it answers; as long as its timeout or longer, the call fails


class ImageProfile(ScenarioPart):
    """How every container of one image reference behaves. The default is a well-behaved server."""

    pull: Literal["ok", "not_found", "unauthorized", "registry_down"] = "ok"
    pull_takes: Span = 1.0
    pull_password: str = ""  # the registry gives it only to pods with a pull secret that holds this password
    start_error: str = ""  # the runtime cannot start it: this text, exit code 128
    ready_after: Span = 1.0
    serves: bool = True  # answers requests while it runs
    exits: list[ProcessExit] = []
    memory: MemoryProfile = MemoryProfile()
    # bytes that it writes, into the first emptyDir that it mounts or into its own layer
    disk: GrowthProfile = GrowthProfile()
    processes: GrowthProfile = GrowthProfile()
    cpu: str = "20m"  # while it has nothing to do
    cpu_per_request: str = "0"  # core-seconds
    capacity: float = 0.0  # requests per second that one container answers in time, whatever its CPU; 0 is no bound
    probes: dict[str, list[ProbeProfile]] = {}
    log: list[LogLine] = []
    on_sigterm: int = 0  # exit code on a graceful stop
    last_words: list[str] = []  # written then
    error_log: str = ""  # the line while requests fail; `{error}` and `{dependency}` say of what
    failing_share: float = 0.0  # share of requests that fail although the container runs
    fails_with: str = "internal error"  # what `{error}` says of those
    answers: list[str] = []  # Services whose requests it understands, others meet 404; empty: every Service
    settings: list[RequiredSetting] = []
    api_calls: list[ClusterApiCall] = []
    consumes: QueueConsumption | None = None
    holds_connections: dict[str, int] = {}  # to dependencies by name, beside those of its requests, while it runs
    webhook: WebhookProfile | None = None
    files: dict[str, str] = {}  # what it contains besides a plain system: absolute path -> text
    without: list[str] = []  # programs that a command inside the container does not find; `*` for all of them
