"""moto in a process of its own, so that its processor time can be told from that of those who ask it:
`python -m tests.storm.emulator` prints its address and runs until its input ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.storm.run import processor_seconds


@dataclass(frozen=True)
class Emulator:
    address: str
    pid: int

    def spent(self) -> float:
        """Seconds of processor time until now."""
        return processor_seconds(self.pid)


@contextmanager
def emulator() -> Iterator[Emulator]:
    command = [sys.executable, "-m", "tests.storm.emulator"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield Emulator(process.stdout.readline().strip(), process.pid)
        finally:
            process.stdin.close()
            process.wait(30)


if __name__ == "__main__":
    from tests.slots import moto

    print(moto.address(), flush=True)
    sys.stdin.read()
