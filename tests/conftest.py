"""Tripwires for every test: no network beyond loopback, no real AWS account, no telemetry, no real model."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mcp_servers.contract.facts import Observation
from tests import made_once
from tests.assertions import rewrite_stale
from tests.cpu import CpuByTest
from tests.processes.copies import Copies

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    LANGSMITH_TRACING="false",
    AWS_XRAY_SDK_ENABLED="true",
)
for name in ("AWS_PROFILE", "KUBECONFIG", "AWS_ENDPOINT_URL", "COLUMNS", "LINES"):
    os.environ.pop(name, None)

GARBAGE = (10_000, 10, 5)  # objects made before a look for garbage, and looks before one into older objects
LONGEST = ("incidents", "worlds", "cli", "http", "toolbox")  # the folders of the longest files
STARTING = {"chat", "cli", "incidents", "lab_aws", "lab_scenarios", "processes", "server_clients", "toolbox"}  # folders

gc.disable()  # while everything is loaded: little of it is garbage
Observation.strict = True  # each has the attributes that its code declares, and no others
_connect = socket.socket.connect
copies = Copies.of_this_process or Copies()  # a worker is a copy itself, and there already


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CpuByTest())
    if config.getoption("tx", None):  # workers are going to be started: what all of them need is loaded once
        copies.install()
        loading = threading.Thread(target=copies.get_ready)
        loading.start()
        rewrite_stale(config)
        loading.join()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: no worker has it before it when the others have done all else."""
    items.sort(key=lambda item: item.path.parent.name not in LONGEST)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What has been imported stays: no later look for garbage goes through it. Worlds are many objects at once."""
    made_once.make_once()
    if Copies.of_this_process is None:
        copies.install()
    if not session.config.option.collectonly and any(item.path.parent.name in STARTING for item in session.items):
        copies.get_ready()
    gc.freeze()
    gc.enable()
    gc.set_threshold(*GARBAGE)


def _only_loopback(self: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    if host and not str(host).startswith(LOOPBACK):
        raise AssertionError(f"a test tried to reach {address!r}; only loopback is allowed")
    _connect(self, address)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(socket.socket, "connect", _only_loopback)
    yield


@pytest.fixture
def true_start() -> Iterator[None]:
    """Every process that the test starts is a new Python, not a copy of one that has everything loaded."""
    with copies.none():
        yield


def pytest_unconfigure() -> None:
    """Nothing is left that could fail a test: pytest need not look five times through all that is there for garbage."""
    gc.freeze()
    copies.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
