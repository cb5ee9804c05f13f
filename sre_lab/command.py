"""`python -m sre_lab`: one lab in this process. Prints its endpoints as one line of JSON, then serves."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from sre_lab import history, recording, scenario
from sre_lab.aws.errors import AwsError
from sre_lab.aws.provision import provision_queue
from sre_lab.endpoints import LabEndpoints
from sre_lab.server import serve
from sre_lab.world import World

YOUNG = 50_000  # new objects between two looks for garbage; a simulation makes many and few cycles


def main(arguments: list[str] | None = None) -> int:
    options = options_of(arguments)
    try:
        lab = build(options)
    except (scenario.ScenarioError, recording.RecordingError, AwsError, OSError, json.JSONDecodeError) as problem:
        print(problem, file=sys.stderr)
        return 2
    return run(lab, options)


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sre_lab", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--scenario", metavar="NAME|FILE", help="a shipped scenario, or a scenario file")
    source.add_argument("--recording", metavar="FILE", type=Path, help="a recorded world (sre-world/1)")
    parser.add_argument("--stand", action="store_true", help="freeze the clock; only the control API moves it")
    parser.add_argument("--at", metavar="EPOCH", type=float, help="the lab's time at start (default: the present)")
    parser.add_argument(
        "--folder", metavar="DIR", type=Path, help="folder for the kubeconfig (default: a new temporary folder)"
    )
    parser.add_argument("--with-parent", action="store_true", help="exit when standard input is closed")
    return parser.parse_args(arguments)


@dataclass(frozen=True)
class PreparedLab:
    """A world at its present, the name it goes by, and the alarm that starts the incident."""

    world: World
    name: str
    trigger: str


def build(options: argparse.Namespace) -> PreparedLab:
    """The world with its past. Errors say what is wrong with the scenario or the recording."""
    _without_the_users_aws()
    gc.set_threshold(YOUNG)
    gc.disable()  # a world stays until the end: a look for garbage in it while it is made takes a quarter of the time
    try:
        return _prepare(options, time.time() if options.at is None else options.at)
    finally:
        gc.freeze()
        gc.enable()


def run(lab: PreparedLab, options: argparse.Namespace) -> int:
    """Serve until the lab is told to end; the exit status."""
    _without_the_users_aws()
    asyncio.run(_serve(lab, options))
    return 0


def _prepare(options: argparse.Namespace, now: float) -> PreparedLab:
    if options.recording is None:
        spec = scenario.load(options.scenario)
        return PreparedLab(history.build(spec, now=now), spec.name, spec.trigger)
    raw = recording.read(options.recording.read_bytes())
    world = recording.load(raw, options.recording.parent, now=now)
    provision_queue(world)
    return PreparedLab(world, options.recording.stem, "")


def _without_the_users_aws() -> None:
    """The lab's own calls never leave the process; a broken or missing profile of its user must not matter."""
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)


async def _serve(lab: PreparedLab, options: argparse.Namespace) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    if options.with_parent:
        threading.Thread(target=_await_parent, args=(loop, stop), daemon=True).start()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="sre-agent-lab-"))
    await serve(
        lab.world,
        follow_wall=not options.stand,
        folder=folder,
        stop=stop,
        ready=_say,
        scenario=lab.name,
        trigger=lab.trigger,
    )


def _say(endpoints: LabEndpoints) -> None:
    print(endpoints.model_dump_json(), flush=True)


def _await_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 1024):
        pass
    loop.call_soon_threadsafe(stop.set)
