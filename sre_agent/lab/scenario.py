"""A scenario is a data file: what runs, how it behaves, what breaks, and what must be true at the end.

Nothing in it is a status or a symptom. A fault is a change of a declared fact (a manifest, an image's behaviour, a
dependency's state); the world derives everything that a responder can see from these facts.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class ScenarioError(Exception):
    """The data file does not say what a scenario has to say; the message names the field."""


def seconds(value: object) -> float:
    """`90`, `"90s"`, `"1m30s"`, `"-2m"` as seconds."""
    if isinstance(value, int | float):
        return float(value)
    text = str(value).strip()
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    total, number = 0.0, ""
    unit = ""
    for char in [*text, ""]:
        if char.isdigit() or char in "." or char == "":
            if unit:
                total += float(number) * UNITS[unit]
                number, unit = "", ""
            number += char
        else:
            unit += char
    if number:
        total += float(number)
    return sign * total


Span = Annotated[float, BeforeValidator(seconds)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LogLine(Part):
    """A line that a container writes `at` after its start, and again each `every` if given.

    `{time}` in the line becomes the line's RFC 3339 time, `{pod}` the pod's name.
    """

    at: Span = 0.0
    every: Span | None = None
    line: str


class Exit(Part):
    """The process ends by itself `after` its start. It does so only if `unless_*` does not hold.

    `unless_env`: this environment variable is set (non-empty) in the container.
    `unless_dependency`: this dependency (by name) is up.
    """

    after: Span
    code: int = 1
    unless_env: str = ""
    unless_dependency: str = ""
    log: list[str] = []  # written just before the end


class Memory(Part):
    """Working set over the container's life: from `start` to `peak` in bytes-with-suffix over `over` seconds."""

    start: str = "64Mi"
    peak: str = "64Mi"
    over: Span = 30.0


class Probe(Part):
    """What an HTTP or TCP probe on a path (or port) meets, from `at` after the start on."""

    at: Span = 0.0
    status: int | None = 200  # None: nothing listens, the connection is refused


class Image(Part):
    """How every container of one image reference behaves. The default is a well-behaved server."""

    pull: Literal["ok", "not_found", "unauthorized", "registry_down"] = "ok"
    pull_takes: Span = 1.0
    start_error: str = ""  # the runtime cannot start it: this text, exit code 128
    ready_after: Span = 1.0
    serves: bool = True  # answers requests while it runs
    exits: list[Exit] = []
    memory: Memory = Memory()
    cpu: str = "20m"
    probes: dict[str, list[Probe]] = {}
    log: list[LogLine] = []
    on_sigterm: int = 0  # exit code on a graceful stop
    error_log: str = ""  # the line for each failed request (dependency down or throttled), `{dependency}` filled in
    failing_share: float = 0.0  # share of requests that fail although the container runs


class Traffic(Part):
    """Requests that reach one Kubernetes Service, and where their metrics and logs go."""

    service: str  # name of the Service
    namespace: str
    rate: float = 20.0  # requests per second
    depends_on: list[str] = []  # names of dependencies that every request needs
    latency_ms: float = 40.0
    metric_namespace: str = "Shop/Services"  # RequestCount, HTTPCode_Target_5XX_Count, Latency; dimension Service
    log_group: str = ""  # container lines of the Service's pods land here as well


class Dependency(Part):
    """Something outside the cluster: a database, a cache, a table, another team's service."""

    name: str
    kind: Literal["dynamodb", "rds", "http"]
    address: str = ""  # host:port that application lines name
    write_units_per_request: float = 0.0  # dynamodb: capacity that one request consumes
    up: bool = True


class Table(Part):
    """A DynamoDB table with provisioned capacity."""

    name: str
    key: str
    read_units: int = 5
    write_units: int = 5


class Alarm(Part):
    """A CloudWatch metric alarm, in the words of PutMetricAlarm; period 10 s unless said otherwise."""

    name: str
    description: str = ""
    metric_namespace: str
    metric: str
    dimensions: dict[str, str] = {}
    statistic: str = "Sum"
    period: int = 10
    evaluation_periods: int = 1
    datapoints_to_alarm: int | None = None
    threshold: float = 0.0
    comparison: str = "GreaterThanThreshold"
    treat_missing_data: Literal["missing", "ignore", "breaching", "notBreaching"] = "notBreaching"


class Runbook(Part):
    """An SSM Automation document, given as the document itself."""

    name: str
    content: dict[str, Any]
    tags: dict[str, str] = {}


class Fault(Part):
    """What happens at `at`, counted from the end of the simulated history (negative: in the past).

    `patch` is a strategic merge patch of one object, `apply` creates or replaces objects, `delete` removes one,
    `image` replaces the behaviour of an image, `dependency` sets a dependency up or down, `rate` the traffic of a
    Service. `note` is what a person would say who knows what was done; no responder ever sees it.
    """

    at: Span
    note: str = ""
    patch: dict[str, Any] | None = None  # {kind, namespace, name, patch}
    apply: list[dict[str, Any]] = []
    delete: dict[str, str] | None = None  # {kind, namespace, name}
    image: dict[str, Image] = {}
    dependency: dict[str, bool] = {}
    rate: dict[str, float] = {}


class Expected(Part):
    """What must be true at the end; read by tests and the demo's own check, never by the responder."""

    outcome: Literal["remediated", "escalated"]
    reason: str
    failure_class: str | None = None
    subject: str = ""  # Kind/namespace/name or a name
    writes: int = 0


class Cluster(Part):
    name: str = "shop-prod"
    account: str = "111122223333"
    region: str = "eu-west-1"
    nodes: int = 3
    node_cpu: str = "4"
    node_memory: str = "8Gi"


class Scenario(Part):
    """The whole file. `history` is simulated before the lab serves its first request."""

    name: str
    title: str
    story: str
    cluster: Cluster = Cluster()
    history: Span = 1800.0
    seed: int = 1
    images: dict[str, Image] = {}
    manifests: list[dict[str, Any]]
    traffic: list[Traffic] = []
    dependencies: list[Dependency] = []
    tables: list[Table] = []
    alarms: list[Alarm] = []
    runbooks: list[Runbook] = []
    faults: list[Fault] = []
    trigger: str = Field(description="name of the alarm that starts the incident")
    approval: bool = Field(default=False, description="whether the demo policy is expected to ask a human")
    expected: Expected


def names() -> list[str]:
    """The shipped scenarios, default first, the others by name."""
    found = sorted(p.name.removesuffix(".yaml") for p in _folder().iterdir() if p.name.endswith(".yaml"))
    return sorted(found, key=lambda n: n != "bad-rollout")


def load(name_or_path: str) -> Scenario:
    """A shipped scenario by name, or any file by path. ScenarioError says what exists or which field is wrong."""
    if name_or_path in names():
        text = (_folder() / f"{name_or_path}.yaml").read_text()
    elif Path(name_or_path).is_file():
        text = Path(name_or_path).read_text(errors="replace")
    else:
        raise ScenarioError(f"There is no scenario {name_or_path!r}. Shipped: {', '.join(names())}; or give a file.")
    try:
        return Scenario.model_validate(yaml.safe_load(text))
    except (ValueError, yaml.YAMLError) as problem:
        raise ScenarioError(f"Scenario {name_or_path!r} cannot be read: {problem}") from problem


def _folder() -> Any:
    return resources.files("sre_agent.lab") / "scenarios"
