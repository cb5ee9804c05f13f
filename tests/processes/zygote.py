"""The process that is copied: `python -m tests.processes.zygote FD` loads everything, then forks as it is asked to."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import runpy
import signal
import socket
import sys

from tests.processes import births, copies
from tests.processes.orders import READY, WORKER, Order, receive
from tests.processes.worlds import Stems

PACKAGES = ("sre_agent", "mcp_servers", "sre_lab")
LATER = (  # what is loaded by others, when it is first used
    *("anyio._backends._asyncio", "httpcore", "jsonschema", "rich.logging", "rich.status", "typer._click.decorators"),
    *("uvicorn.lifespan.off", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.websockets_sansio_impl"),
    *(f"moto.{name}.models" for name in ("cloudwatch", "events", "iam", "s3", "sqs", "sns", "secretsmanager", "ssm")),
    *(f"moto.{name}.responses" for name in ("dynamodb", "sts")),
    *(
        f"kubernetes.client.models.v1_{name}"
        for name in ("deployment", "stateful_set", "cron_job", "service", "ingress")
    ),
)


def load() -> None:
    """What cannot be loaded fails where it is needed."""
    gc.disable()
    own = [
        module.name
        for package in PACKAGES
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
        if not module.name.endswith("__main__")
    ]
    for name in (*own, *LATER):
        with contextlib.suppress(ImportError, SyntaxError):
            importlib.import_module(name)
    with contextlib.suppress(ImportError, SyntaxError):
        importlib.import_module("tests.processes.warm").warm()
    gc.freeze()
    gc.enable()


def serve(way: socket.socket) -> None:
    """Fork for each order. A copy lives its life in here, and ends as any Python does."""
    stems = Stems()
    while (received := receive(way)) is not None:
        order, streams = received
        pid = stems.copy(order, streams) or births.fork_beside()
        if pid == 0:
            way.detach()
            stems.forget()
            return _live(order, streams)
        for stream in streams:
            os.close(stream)
        way.send(" ".join(map(str, [pid, *stems.ended()])).encode())
    os._exit(0)


def _live(order: Order, streams: list[int]) -> None:
    """What starts others has a process of its own that is copied: this one, as it is before it becomes anything."""
    if order.starts_others:
        ours, theirs = (end.detach() for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        if os.fork() == 0:
            return serve(births.quiet(theirs))
        births.become(order, streams, ours)
        copies.Copies(socket.socket(fileno=ours)).install()
    else:
        births.become(order, streams)
    if order.what != WORKER:  # which runs tests, and is no server of one
        importlib.import_module("tests.ground").shorten_waits()
    sys.modules.pop(f"{order.what}.__main__", None)
    try:
        _do(order)
    except KeyboardInterrupt:
        raise  # Python itself ends by the signal then
    except BaseException as problem:  # noqa: BLE001 - as Python does, whatever it is
        births.end(problem)
    births.end(None)


def _do(order: Order) -> None:
    if order.how == "-m":
        runpy.run_module(order.what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(order.what, "<string>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    before = births.open_files()
    load()
    births.of_modules.update(births.open_files() - before)
    starter = socket.socket(fileno=int(sys.argv[1]))
    starter.send(READY)
    serve(starter)
