"""A command that follows and would go on for ever, ended as soon as it has said enough.

How much it says before a time limit of its own would depend on the speed of the machine.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence

PATIENCE = 60.0  # seconds for a command that does not say enough


def follow(command: Sequence[str], env: Mapping[str, str], enough: Callable[[str], bool]) -> str:
    """Output and errors, line by line until `enough` of them; what there was, where the command ended before."""
    output = ""
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        too_late = threading.Timer(PATIENCE, running.kill)
        too_late.start()
        try:
            assert running.stdout is not None
            for line in running.stdout:
                output += line
                if enough(output):
                    break
        finally:
            too_late.cancel()
            running.kill()
    return output
