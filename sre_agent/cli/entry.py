"""The console script. It imports nothing before it can answer a Ctrl-C: the command line takes a moment to load."""

from __future__ import annotations

import sys

INTERRUPTED = 130  # as a shell reports SIGINT


def run() -> None:
    """Run the command line; a Ctrl-C at any moment ends it quietly."""
    try:
        from sre_agent.cli import main  # noqa: PLC0415 - what is slow to load has to be inside

        main.run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
