"""How long somebody waits for an answer: with warm sessions, and from nothing as a process of its own."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sre_agent.cli.chat import conversation
from sre_agent.cli.view import SilentView
from sre_lab.process import start_lab
from tests.bench.figures import Figure
from tests.bench.suites import EXAM, document
from tests.incidents.conftest import Stage

COMMAND = [sys.executable, "-c", "from sre_agent.cli.entry import run; run()"]
QUESTIONS = (
    "why is payments-api not ready",
    "which pods restarted",
    "how many pods are running in shop",
    "what changed in shop in the last hour",
    "show the errors in the logs of payments-api",
    "is payments-api healthy",
)
EACH = 7  # one recorded case in so many


def figures() -> Iterator[Figure]:
    yield Figure("sre-agent --help, as a process", _seconds(["--help"]), "s", 1)
    warm = asyncio.run(_warm())
    yield Figure(f"chat: {len(warm)} questions with warm sessions, the slowest", max(warm), "s", 2)
    if EXAM.is_dir():
        durations = list(_replays())
        what = f"replay of {len(durations)} recorded cases, each a process of its own, median"
        yield Figure(what, statistics.median(durations), "s", 8)
        yield Figure("the slowest of them", max(durations), "s", 8)


async def _warm() -> list[float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with start_lab("payday-evening", follow_wall=False, folder=folder / "lab") as lab:
            stage = Stage(lab, folder)
            async with stage.runtime() as runtime:
                talk = conversation(runtime, SilentView(), "never")
                for question in QUESTIONS:  # the first round opens the sessions
                    await talk.ask(question)
                return [await _ask(talk, question) for question in QUESTIONS]


async def _ask(talk: Any, question: str) -> float:
    started = time.perf_counter()
    await talk.ask(question)
    return time.perf_counter() - started


def _replays() -> Iterator[float]:
    cases = [c for c in document(EXAM / "INDEX.json")["cases"] if c["trigger"]["type"] in ("alarm", "question")]
    with tempfile.TemporaryDirectory() as name:
        trigger, out = Path(name) / "trigger.json", Path(name) / "result.json"
        for case in cases[::EACH]:
            trigger.write_text(json.dumps(case["trigger"]))
            yield _seconds(["replay", str(EXAM / case["world"]), "--trigger", str(trigger), "--out", str(out)])


def _seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([*COMMAND, *arguments], check=False, capture_output=True, timeout=120)
    return time.perf_counter() - started
