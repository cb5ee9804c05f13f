"""The console script. Before it can answer a Ctrl-C it imports only what is loaded in no time."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from sre_agent.garbage_collection import without_garbage_collection

INTERRUPTED = 130  # as a shell reports SIGINT
ENDING = (signal.SIGTERM, signal.SIGHUP)  # end a run as Ctrl-C does, so that it leaves no process and no folder behind
signals: list[int] = []


def run() -> None:
    """Run the command line; a Ctrl-C at any moment ends it quietly, and so do other signals that ask for its end."""
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:  # not what nohup has it ignore
            signal.signal(number, _interrupt)
    try:
        with without_garbage_collection():
            from sre_agent.cli import main  # noqa: PLC0415 - what is slow to load has to be inside

        main.run()
    except KeyboardInterrupt:
        sys.exit(_status())
    except SystemExit as exit_:
        if exit_.code == INTERRUPTED:
            sys.exit(_status())
        raise


def _interrupt(number: int, frame: FrameType | None) -> None:
    """As Ctrl-C would: whoever waits for that (an event loop, a prompt) ends in its order."""
    signals.append(number)
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:  # Ctrl-C itself is ignored, as in the background of a script
        raise KeyboardInterrupt


def _status() -> int:
    """As a shell reports the signal."""
    return 128 + signals[0] if signals else INTERRUPTED
