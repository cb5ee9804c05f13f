"""Starts processes as copies, wherever `subprocess` is asked for a known one; everything else starts truly.

It stands below `subprocess`, asyncio and anyio, so that whoever starts a process does what it always does.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tests.processes.orders import READY, Order, order, send
from tests.terminals import take_terminal

TAKE_ORPHANS_IN = 36  # PR_SET_CHILD_SUBREAPER: a copy becomes the child of who asked for it
ROOT = Path(__file__).parents[2]
ROOM = "." * 1_000  # for the command lines of copies, which stand in the place of this one


class Copies:
    """The way to the process that is copied; that one is started when it is first needed, unless a way is given."""

    of_this_process: ClassVar[Copies | None] = None

    def __init__(self, way: socket.socket | None = None) -> None:
        self._way = way
        self._zygote: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._truly: Any = subprocess.Popen._execute_child  # type: ignore[attr-defined]
        self.wanted = True
        self._installed = False

    def install(self) -> None:
        """From here on `subprocess` of this process starts copies; nothing changes where the system has no means."""
        Copies.of_this_process = self
        if sys.platform == "linux" and ctypes.CDLL(None).prctl(TAKE_ORPHANS_IN, 1, 0, 0, 0) == 0:
            self._installed = True
            subprocess.Popen._execute_child = lambda process, *arguments: self._start(process, *arguments)  # type: ignore

    @contextlib.contextmanager
    def none(self) -> Iterator[None]:
        """Within it every process starts truly."""
        self.wanted = False
        try:
            yield
        finally:
            self.wanted = True

    def get_ready(self) -> None:
        """Have everything loaded now: a test that waits for it may run out of its own patience."""
        with self._turn:
            if self._way is None and self._installed:
                self._way = self._copied()

    def close(self) -> None:
        """End the process that is copied; its copies live on."""
        if self._zygote is not None and self._way is not None:
            self._way.close()
            self._zygote.wait()
            self._way = self._zygote = None

    def _start(self, process: Any, *arguments: Any) -> None:
        """What `arguments` holds, and what has to be done with it, is as in `Popen._execute_child` of CPython."""
        process_order = _order(*arguments) if self.wanted else None
        if process_order is None:
            self._truly(process, *arguments)
            return
        pipes = arguments[10:16]
        own, pairs = (0, 1, 2), (pipes[0], pipes[3], pipes[5])
        process.pid = self._ask(
            process_order, [mine if pipe == -1 else pipe for mine, pipe in zip(own, pairs, strict=True)]
        )
        process._child_created = True
        process._close_pipe_fds(*pipes)

    def _ask(self, process_order: Order, streams: list[int]) -> int:
        self.get_ready()
        with self._turn:
            assert self._way is not None
            send(self._way, process_order, streams)
            pid, *stems_over = map(int, self._way.recv(200).split())
        for stem in stems_over:
            os.waitpid(stem, 0)
        return pid

    def _copied(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self.none(), theirs:
            command = [sys.executable, "-m", "tests.processes.zygote", str(theirs.fileno()), ROOM]
            files = [theirs.fileno()]
            self._zygote = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=files, cwd=ROOT)
        assert ours.recv(len(READY)) == READY, "it did not come up; what it says is on standard error"
        return ours


def _order(
    args: Any,
    executable: Any,
    prepare: Any,
    close: bool,
    files: Sequence[int],
    folder: Any,
    environment: Any,
    _startup: Any,
    _flags: int,
    shell: bool,
    *more: Any,
) -> Order | None:
    """The order for what `subprocess` was asked, where it is of the kind that a copy can be."""
    *_, gid, gids, uid, umask, new_session, group = more
    usual = close and prepare in (None, take_terminal) and not (executable or files or shell)
    if not usual or isinstance(args, str | bytes) or (gid, gids, uid, group) != (None, None, None, -1):
        return None
    variables = os.environ if environment is None else environment
    return order(
        [os.fsdecode(word) for word in args],
        os.fsdecode(folder or Path.cwd()),
        {os.fsdecode(name): os.fsdecode(value) for name, value in variables.items()},
        bool(new_session),
        prepare is take_terminal,
        _umask() if umask == -1 else umask,
    )


def _umask() -> int:
    """The one of this process, which a child inherits; it can be read only by setting it."""
    own = os.umask(0o077)
    os.umask(own)
    return own
