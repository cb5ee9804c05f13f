"""`sre-agent work`: workers alone, for incidents that another process takes in."""

from __future__ import annotations

import signal
from types import FrameType

import typer

from sre_agent.cli import exits
from sre_agent.cli.options import StateDir, WholeProfile, Workers, settings_of
from sre_agent.cli.printing import say

MEANING = exits.meaning("stopped on SIGTERM or Ctrl-C")
EXAMPLES = f"""
Examples:

  sre-agent work                                        alongside a `serve` on the same state folder

  sre-agent work --workers 8 --state-dir /var/lib/sre-agent

{MEANING}
"""


def work(
    invocation: typer.Context,
    profile: WholeProfile = "local",
    workers: Workers = None,
    state_dir: StateDir = None,
) -> None:
    """Work on incidents until SIGTERM or Ctrl-C. Each is handled with the settings that it was opened with."""
    from sre_agent.cli.engine import ServiceEngine  # noqa: PLC0415 - `--help` needs no engine

    settings = settings_of(invocation, profile)
    engine = ServiceEngine(settings, starts_servers=False)  # each incident has those of its own settings

    def stop(number: int, frame: FrameType | None) -> None:
        engine.drain()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    engine.start()
    say(f"Running {engine.workers} workers on {settings.state_access.place}.", err=True)
    engine.join()
