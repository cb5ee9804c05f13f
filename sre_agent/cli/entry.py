"""The console script. Before it can answer a Ctrl-C it imports only what is loaded in no time."""

from __future__ import annotations

import sys

from sre_agent.unswept import unswept

INTERRUPTED = 130  # as a shell reports SIGINT


def run() -> None:
    """Run the command line; a Ctrl-C at any moment ends it quietly."""
    try:
        with unswept():
            from sre_agent.cli import main  # noqa: PLC0415 - what is slow to load has to be inside

        main.run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
