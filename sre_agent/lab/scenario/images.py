"""How the containers of an image behave: the only place where a program can be faulty."""

from __future__ import annotations

from typing import Literal

from sre_agent.lab.scenario.part import Part, Span


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
