"""A program that tells what it is, then ends in the way that its first argument names."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


def tell() -> None:
    own = {
        "arguments": sys.argv[1:],
        "name": Path(sys.argv[0]).name,
        "as it was called": sys.orig_argv,
        "as the system shows it": Path("/proc/self/cmdline").read_text(encoding="utf-8").rstrip("\0").split("\0"),
        "first place of modules": sys.path[0],
        "module": __name__,
        "folder": str(Path.cwd()),
        "environment": {name: value for name, value in os.environ.items() if name != "LC_CTYPE"},
        "parent": os.getppid(),
        "leads a session": os.getsid(0) == os.getpid(),
        "group of the parent": os.getpgid(0) == os.getpgid(os.getppid()),
        "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "zone": time.tzname,
        "umask": os.umask(0o022),
        "threads": threading.active_count(),
        "streams": [sys.stdin.isatty(), sys.stdout.encoding, sys.stdout.errors, sys.stdout.line_buffering],
        "errors": [sys.stderr.encoding, sys.stderr.errors, sys.stderr.line_buffering],
        "its own start of a process": subprocess.run(["true"], check=False).returncode,
        "read": sys.stdin.read(),
    }
    print(json.dumps(own))


def end(how: str) -> None:
    atexit.register(print, "left")
    if how == "waits":
        threading.Thread(target=lambda: print("waited")).start()
    elif how == "refuses":
        sys.exit("refused")
    elif how == "fails":
        raise RuntimeError("failed")
    elif how == "interrupted":
        os.kill(os.getpid(), signal.SIGINT)
    elif how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        sys.exit(int(how))


if __name__ == "__main__":
    tell()
    end(sys.argv[1])
