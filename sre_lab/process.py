"""Runs a lab as a process of its own, as the demo, the replay and tests do, and talks to its control API."""

from __future__ import annotations

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from sre_lab import private_files
from sre_lab.endpoints import LabEndpoints

START_LIMIT = 60.0  # seconds until a lab that says nothing is given up
STOP_LIMIT = 5.0  # seconds until a lab that does not end is killed
WRONG_INPUT = 2  # the exit status of a lab that cannot show what it was given
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TAIL = 12  # lines of the lab's own words in an error


class LabError(Exception):
    """The lab did not start, or refused a request; the message says why in its words. `of_input`: because of what it
    was given to show."""

    def __init__(self, message: str, *, of_input: bool = False) -> None:
        super().__init__(message)
        self.of_input = of_input


class LabControl:
    """The control API of one lab. Times are epoch seconds of the lab's clock."""

    def __init__(self, url: str) -> None:
        no_authorities = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # for http; the default reads them all
        self._http = httpx.Client(base_url=url, timeout=60.0, trust_env=False, verify=no_authorities)

    def now(self) -> float:
        return float(self.state()["now"])

    def state(self) -> dict[str, Any]:
        """Clock, mode, scenario, and the alarms with their states."""
        answer: dict[str, Any] = self._answer(self._http.get("/state"))
        return answer

    def advance(self, seconds: float) -> float:
        """Move a standing clock; answers where it stands then."""
        return float(self._answer(self._http.post("/clock/advance", json={"seconds": seconds}))["now"])

    def play_model(self, script: dict[str, Any]) -> None:
        """Give the lab's Bedrock the turns of a script: {"turns": [...]}; those before are forgotten."""
        self._answer(self._http.post("/bedrock/script", json=script))

    def model_calls(self) -> dict[str, Any]:
        """What was asked of the lab's Bedrock since its script began, and how many turns are left."""
        answer: dict[str, Any] = self._answer(self._http.get("/bedrock/calls"))
        return answer

    def serve_agent(self, arn: str, url: str) -> None:
        """Let invocations of an agent in AgentCore Runtime go to the service at this URL."""
        self._answer(self._http.post("/agent-runtimes", json={"arn": arn, "url": url}))

    def befall(self, fault: dict[str, Any]) -> None:
        """Let a fault happen now, in the words of a scenario file."""
        self._answer(self._http.post("/faults", json=fault))

    def alarm_event(self, name: str) -> dict[str, Any]:
        """The EventBridge event of the alarm's present state."""
        answer: dict[str, Any] = self._answer(self._http.get(f"/alarms/{quote(name)}/event"))
        return answer

    def alarm_events(self, name: str) -> list[dict[str, Any]]:
        """The EventBridge events that the alarm has sent, oldest first."""
        events: list[dict[str, Any]] = self._answer(self._http.get(f"/alarms/{quote(name)}/events"))
        return events

    def segments(self) -> list[dict[str, Any]]:
        """Every X-Ray segment document that the daemon has received."""
        documents: list[dict[str, Any]] = self._answer(self._http.get("/segments"))
        return documents

    def close(self) -> None:
        self._http.close()

    def _answer(self, response: httpx.Response) -> Any:
        if response.is_success:
            return response.json()
        try:
            raise LabError(str(response.json()["error"]))
        except (ValueError, KeyError, TypeError) as problem:
            raise LabError(f"The lab answered {response.status_code} to {response.url}.") from problem


@dataclass(frozen=True)
class LabProcess:
    endpoints: LabEndpoints
    control: LabControl
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def start_lab(
    source: str | Path, *, follow_wall: bool, folder: Path, at: float | None = None, patience: float = START_LIMIT
) -> Iterator[LabProcess]:
    """A running lab: a scenario by name or file, or a recorded world (a .json file).

    `at` is its present when it starts (epoch seconds; without it the wall's): the same moment makes the same world.
    `folder` keeps the kubeconfig and what the lab says on stderr (`lab.log`). LabError when it does not come up within
    `patience` seconds. It ends with the block, and by itself when this process dies.
    """
    kind = "--recording" if str(source).endswith(".json") else "--scenario"
    command = [sys.executable, "-m", "sre_lab", kind, str(source), "--folder", str(folder), "--with-parent"]
    command += [] if follow_wall else ["--stand"]
    command += [] if at is None else ["--at", str(at)]
    log = folder / "lab.log"
    private_files.write(log, "")  # of an earlier lab nothing is left in it
    process: subprocess.Popen[bytes] | None = None
    try:
        with private_files.open_for_append(log) as words, _deferred_signals():
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # a Ctrl-C in the terminal is for the parent, which then ends the lab
            )
        endpoints = _endpoints(process, log, patience)
        control = LabControl(endpoints.control)
        with contextlib.closing(control):
            yield LabProcess(endpoints, control, process)
    finally:
        if process is not None:
            _end(process)


@contextlib.contextmanager
def _deferred_signals() -> Iterator[None]:
    """A signal that comes while the process is being made is heard after that: nobody would know whom to end."""
    arrivals: list[int] = []
    signals = [number for number in ENDING if callable(signal.getsignal(number))]
    if threading.current_thread() is not threading.main_thread():
        signals = []  # signals are another thread's
    before = {
        number: signal.signal(number, lambda signal_number, _: arrivals.append(signal_number)) for number in signals
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in arrivals:
            signal.raise_signal(late)


def _endpoints(process: subprocess.Popen[bytes], log: Path, patience: float) -> LabEndpoints:
    assert process.stdout is not None
    limit = threading.Timer(patience, process.kill)
    limit.start()
    try:
        line = process.stdout.readline()
    finally:
        limit.cancel()
    try:
        return LabEndpoints.model_validate_json(line)
    except ValidationError as problem:
        status = _wait_or_kill(process)
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:])
        message = f"The lab did not start (exit status {status}). Its output:\n{tail or '(none)'}"
        raise LabError(message, of_input=status == WRONG_INPUT) from problem


def _end(process: subprocess.Popen[bytes]) -> None:
    """Closing its standard input tells a lab to end, a signal one that is still building its world; one that does
    neither is killed."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.terminate()
    _wait_or_kill(process)


def _wait_or_kill(process: subprocess.Popen[bytes]) -> int:
    """The exit status of a lab that ends; one that does not is killed."""
    try:
        return process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
