"""Who holds a lease or runs a sweep: one process of one machine, by a name that other processes there can judge.

A store of many machines knows nothing of processes, and a lease runs out by itself. Only on the machine where a holder
ran can somebody know sooner that it ended: what starts again there need not wait.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
PIDS: Final = Path("/proc/self/ns/pid")


def new_holder() -> str:
    """`pid:number:token@machine`, for as long as this process lives."""
    return f"pid:{os.getpid()}:{secrets.token_hex(3)}@{this_machine()}"


def is_dead(holder: str) -> bool:
    """Whether this holder ran on this machine and no longer does; False for any other, whatever became of it."""
    process, _, machine = holder.partition("@")
    if machine != this_machine() or not process.startswith("pid:"):
        return False
    try:
        os.kill(int(process.removeprefix("pid:").partition(":")[0]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@cache
def this_machine() -> str:
    """Where process numbers mean the same: microVMs and containers may share a host name, and not their processes."""
    parts: list[str] = []
    with suppress(OSError):
        parts.append(BOOT.read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(str(PIDS.readlink()))
    return f"{os.uname().nodename}/{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:12]}"
