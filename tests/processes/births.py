"""How a copy comes to be: a child of who asked for it, in the state of a Python that has just started."""

from __future__ import annotations

import atexit
import ctypes
import io
import os
import platform
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.processes.orders import Order
from tests.terminals import take_terminal

CLONE = {"x86_64": 56, "aarch64": 220}  # the number of the system call
CLONE_PARENT = 0x8000  # the child is one of the caller's parent
of_modules: set[int] = set()  # files that modules opened as they were loaded: copies use them too
INTERRUPT = signal.getsignal(signal.SIGINT)  # as it was inherited: a job in the background ignores it


def fork_for_starter() -> int:
    """0 in the copy, its process id here. Its parent is the next process above that takes orphans in."""
    assert threading.active_count() == 1, "a copy would wait for locks of threads that it does not have"
    (pid_pipe, tell), (orphan_pipe, leave) = os.pipe(), os.pipe()
    between = os.fork()
    if between == 0:
        copy = os.fork()
        if copy:
            os.write(tell, str(copy).encode())
            os._exit(0)
        os.read(orphan_pipe, 1)
        return 0
    copy = int(os.read(pid_pipe, 20))
    os.waitpid(between, 0)
    os.write(leave, b".")
    for end in (pid_pipe, tell, orphan_pipe, leave):
        os.close(end)
    return copy


def fork_beside() -> int:
    """0 in the copy, its process id here. Its parent is this one's: no process between them has to live and to die.

    A process with everything loaded takes 20 ms to fork and to end. `os.fork` cannot say whose child it makes, so this
    is its own sequence around the system call.
    """
    call = CLONE.get(platform.machine())
    if call is None:
        return fork_for_starter()
    assert threading.active_count() == 1, "a copy would wait for locks of threads that it does not have"
    ctypes.pythonapi.PyOS_BeforeFork()
    copy = int(ctypes.PyDLL(None).syscall(call, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0))
    (ctypes.pythonapi.PyOS_AfterFork_Parent if copy else ctypes.pythonapi.PyOS_AfterFork_Child)()
    if copy < 0:
        raise OSError("the system does not fork")
    return copy


def become(order: Order, streams: list[int], *more: int) -> None:
    """Keep nothing of the process that was copied but what it had loaded, the standard streams, and `more` files."""
    if order.new_session:
        os.setsid()
    _keep(streams, *more)
    if order.takes_terminal:
        take_terminal()
    signal.signal(signal.SIGINT, INTERRUPT)
    os.chdir(order.folder)
    os.umask(order.umask)
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    sys.argv = [order.what if order.how == "-m" else order.how, *order.arguments]
    sys.orig_argv = [sys.executable, order.how, order.what, *order.arguments]
    _show(sys.orig_argv)
    sys.path[0] = order.folder if order.how == "-m" else ""
    _open_streams(writes_at_once=bool(order.environment.get("PYTHONUNBUFFERED")))


def _show(command: list[str]) -> None:
    """Let the system tell this command line instead of the copied one, as far as there is room in its place."""
    start, end = map(int, Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[45:47])
    text = b"\0".join(map(os.fsencode, command))[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)


def end(problem: BaseException | None) -> None:
    """End as Python does, but for one thing: what was loaded is not taken apart, which takes longer than most lives."""
    status = 0
    if isinstance(problem, SystemExit):
        status = problem.code if isinstance(problem.code, int) else int(problem.code is not None)
        if status and not isinstance(problem.code, int):
            print(problem.code, file=sys.stderr)
    elif problem is not None:
        sys.excepthook(type(problem), problem, problem.__traceback__)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def quiet(way: int) -> socket.socket:
    """Keep nothing but this way to another process; what is printed goes nowhere."""
    _keep([os.open(os.devnull, os.O_RDWR)] * 3, way)
    return socket.socket(fileno=way)


def _keep(streams: list[int], *more: int) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for file in open_files() - {0, 1, 2, *more, *of_modules}:
        os.close(file)


def open_files() -> set[int]:
    entries = list(Path("/proc/self/fd").iterdir())  # with the folder itself, which is closed after it was read
    return {int(path.name) for path in entries if path.is_symlink()}


def _open_streams(*, writes_at_once: bool) -> None:
    options: dict[str, Any] = {"encoding": sys.stdout.encoding, "closefd": False}
    sys.stdin = open(0, errors=sys.stdin.errors, **options)  # noqa: SIM115 - open to the end
    if writes_at_once:
        raw: Any = io.FileIO(1, "w", closefd=False)
        sys.stdout = io.TextIOWrapper(raw, encoding=options["encoding"], errors=sys.stdout.errors, write_through=True)
    else:
        sys.stdout = open(1, "w", errors=sys.stdout.errors, **options)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", **options)  # noqa: SIM115
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
