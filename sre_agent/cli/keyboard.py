"""What a person types. The end of the input and Ctrl-C both mean that there is no answer, at once.

While an event loop runs, its own handler of Ctrl-C would wait until the line has come.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sre_agent.cli.printing import say


def line(prompt: str = "") -> str | None:
    """The next line of a person, asked for on standard error; None at the end of the input and on Ctrl-C."""
    try:
        with _interruptible():
            say(prompt, err=True, end="")
            text = sys.stdin.readline()
    except KeyboardInterrupt:
        text = ""
    if not text:
        say(err=True)  # the cursor stands behind the prompt
    return text.strip() if text else None


def read_edited(prompt: str) -> str | None:
    """The same with history and editing, for a conversation on a terminal."""
    try:
        with _interruptible():
            return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        say()
        return None


@contextmanager
def _interruptible() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
