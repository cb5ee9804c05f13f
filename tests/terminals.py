"""A command on a terminal of its own, as a person has it: what it shows, and what is typed into it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path
from types import TracebackType

CTRL_C, CTRL_D = "\x03", "\x04"
PATIENCE = 100.0  # seconds for anything to be shown, on a machine that has much to do


class OnATerminal:
    """Runs a command in a session with a controlling terminal of so many rows and columns, so that a typed Ctrl-C is
    the signal that it is for a person. The process is gone at the end of the block."""

    def __init__(
        self, command: list[str], cwd: Path, environment: dict[str, str], *, rows: int = 24, columns: int = 80
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        defaults = {"TERM": "xterm", "COLUMNS": "", "LINES": ""}
        self.process = subprocess.Popen(
            [*command],
            cwd=cwd,
            env={**os.environ, **defaults, **environment},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(theirs)
        self.raw = b""

    @property
    def shown(self) -> str:
        return self.raw.decode("utf-8", "replace").replace("\r\n", "\n")

    def until(self, text: str) -> str:
        """What was shown until this text came."""
        while text not in self.shown:
            assert self._read(), f"{text!r} was not shown:\n{self.shown}"
        return self.shown

    def types(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """The exit status, once the command has ended; all of `shown` is there then."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        until = time.monotonic() + PATIENCE
        if not select.select([self._ours], [], [], max(0.0, until - time.monotonic()))[0]:
            return False
        try:
            part = os.read(self._ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.raw += part
        return bool(part)

    def __enter__(self) -> OnATerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        os.close(self._ours)


def take_terminal() -> None:
    """The terminal at standard input becomes the one of this process's session."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
