"""Whether the process that holds something still lives, as far as this machine can tell."""

from __future__ import annotations

import os


def is_dead(holder: str) -> bool:
    """Whether a holder `pid:number@host` of this host no longer lives; a lease of another host only runs out."""
    process, _, host = holder.partition("@")
    if host != os.uname().nodename or not process.startswith("pid:"):
        return False
    try:
        os.kill(int(process.removeprefix("pid:").partition(":")[0]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
