"""A command that is told to end leaves no process and no folder behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from sre_agent.cli.entry import ENDING
from tests.cli.test_cli import COMMAND


def test_a_lab_names_all_that_boto3_and_the_aws_cli_need_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, true_start: None
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with (
        heard_of_orphans(),
        subprocess.Popen(
            [*COMMAND, "lab", "up"], cwd=tmp_path, stdout=subprocess.PIPE, env=os.environ | {"TMPDIR": str(temporary)}
        ) as running,
    ):
        assert running.stdout is not None
        lines: list[str] = []
        while "sre-agent investigate" not in "".join(lines):
            lines.append(running.stdout.readline().decode())
            assert lines[-1], lines
        output = subprocess.run(
            ["bash", "-c", "".join(line for line in lines if line.startswith("  export ")) + "env -0"],
            capture_output=True,
            check=True,
            env={"PATH": os.environ["PATH"]},
        ).stdout.decode()
        for name in [name for name in os.environ if name.startswith(("AWS_", "KUBE"))]:
            monkeypatch.delenv(name)
        for pair in output.split("\0"):
            name, _, value = pair.partition("=")
            if name.startswith(("AWS_", "KUBE")):
                monkeypatch.setenv(name, value)
        assert boto3.Session().client("cloudwatch").describe_alarms()["MetricAlarms"]
        assert Path(os.environ["KUBECONFIG"]).is_file()
        assert os.environ["AWS_DEFAULT_REGION"] == os.environ["AWS_REGION"] != ""
        running.send_signal(signal.SIGTERM)
        assert running.wait(100) in (0, 128 + signal.SIGTERM)
        assert_nothing_left(temporary)


@pytest.mark.parametrize("ends", ENDING, ids=["SIGTERM", "SIGHUP"])
def test_a_run_that_is_told_to_end_leaves_no_process_and_no_folder(
    ends: signal.Signals, tmp_path: Path, true_start: None
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    former = signal.signal(ends, signal.SIG_DFL)  # where the tests run under nohup
    call = ["demo", "--plain"] if ends == signal.SIGTERM else ["chat", "--lab", "payday-evening", "is web ready"]
    with heard_of_orphans(), subprocess.Popen(
        [*COMMAND, *call], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(temporary)},
    ) as running:  # fmt: skip
        assert running.stderr is not None
        if call[0] == "demo":
            while b"opened" not in (line := running.stderr.readline()):
                assert line, "the incident was not opened"
        else:
            await_child(running.pid)
        running.send_signal(ends)
        assert running.wait(100) == 128 + ends
        assert b"Traceback" not in running.stderr.read()
        assert_nothing_left(temporary)
    signal.signal(ends, former)


class heard_of_orphans:
    """While it holds, a process whose parent has died is a child of the test's."""

    def __enter__(self) -> None:
        before = ctypes.c_int()
        assert ctypes.CDLL(None).prctl(37, ctypes.byref(before), 0, 0, 0) == 0  # PR_GET_CHILD_SUBREAPER
        self._before = before.value  # the copies of processes rest on it, too
        self._set(1)

    def __exit__(self, *_: object) -> None:
        self._set(self._before)

    @staticmethod
    def _set(on: int) -> None:
        assert ctypes.CDLL(None).prctl(36, on, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER


def children(of: int) -> set[int]:
    return {
        int(child)
        for task in Path(f"/proc/{of}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    }


BEFORE: set[int] = set()


@pytest.fixture(autouse=True)
def processes_before() -> None:
    BEFORE.clear()
    BEFORE.update(children(os.getpid()))


def await_child(of: int) -> None:
    until = time.monotonic() + 60
    while not children(of) and time.monotonic() < until:
        time.sleep(0.05)
    assert children(of)


def assert_nothing_left(temporary: Path) -> None:
    """A process that is ending may take a moment more."""
    until = time.monotonic() + 20
    while (left := alive(children(os.getpid()) - BEFORE)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left, [Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8") for pid in left]
    assert list(temporary.iterdir()) == []


def alive(pids: set[int]) -> set[int]:
    """Without those that have ended, whom nobody has waited for."""
    states = {pid: Path(f"/proc/{pid}/stat") for pid in pids}
    return {
        pid
        for pid, stat in states.items()
        if stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    }


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path, true_start: None) -> None:
    """As nohup has it."""
    code = """
import signal, sys
from sre_agent.cli import entry
signal.signal(signal.SIGHUP, signal.SIG_IGN)
sys.argv = ["sre-agent", "--version"]
try:
    entry.run()
except SystemExit:
    print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.stdout.splitlines()[-1] == "True", done.stderr
