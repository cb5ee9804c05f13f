"""`sre-agent replay` of a health sweep: a recorded cluster looked over once."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from sre_agent.cli.embedded import lab_settings, require_lab
from sre_agent.cli.loading import open_runtime, prepare
from sre_agent.cli.scenarios import lab_error
from sre_agent.domain.sweep import Sweep
from sre_agent.errors import BadInputError
from sre_agent.settings import Settings

LONGEST = 3000  # characters of a statement
EACH = 260  # characters of one trouble in it


def replay_sweep(world: Path, trigger_data: dict[str, Any]) -> dict[str, Any]:
    """The result of a trigger whose `scope` is `cluster` or `namespace NAME`."""
    from sre_lab.process import LabError, start_lab  # noqa: PLC0415 - only here a lab is needed
    from sre_lab.remote_clock import LabClock  # noqa: PLC0415

    namespace = namespace_of(str(trigger_data.get("scope", "")))
    require_lab()
    prepare()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="sre-agent-replay-") as folder,
            start_lab(world.resolve(), follow_wall=False, folder=Path(folder) / "lab") as lab,
        ):
            settings = lab_settings(lab, Path(folder) / "state", trace="none")  # as in `replay`
            return asyncio.run(_look(settings, LabClock(lab.control), namespace))
    except LabError as problem:
        raise lab_error(f"The world {world} cannot be replayed", problem) from problem


def namespace_of(scope: str) -> str:
    """The namespace that a scope names; empty for the cluster. Raises BadInputError."""
    match scope.lower().split():
        case [] | ["cluster"] | ["the", "cluster"]:
            return ""
        case ["namespace", name]:
            return name
    raise BadInputError(f"The scope {scope!r} is not understood. Give 'cluster' or 'namespace NAME'.")


async def _look(settings: Settings, clock: Any, namespace: str) -> dict[str, Any]:
    async with open_runtime(settings, clock=clock) as runtime:
        return result_of(await runtime.sweeper.sweep(namespace))


def result_of(sweep: Sweep) -> dict[str, Any]:
    return {
        "outcome": "answered" if sweep.healthy else "escalated",
        "reason": "no_fault" if sweep.healthy else "no_safe_action",
        "statement": statement(sweep),
        "root_cause": None,
        "evidence": [],
        "writes": [],
        "tool_calls": sweep.calls,
        "tokens": {"input": 0, "output": 0},
    }


def statement(sweep: Sweep) -> str:
    """Every trouble in a line, short enough that all have room."""
    if not sweep.troubles:
        return sweep.statement
    head = sweep.statement.split("\n")[0]
    room = min(EACH, (LONGEST - len(head)) // len(sweep.troubles) - 3)
    return "\n".join([head, *(f"- {_short(trouble.statement, room)}" for trouble in sweep.troubles)])


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
