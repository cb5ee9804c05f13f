"""Calls of clients that block run aside, and hold nobody up who leaves."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from sre_agent.model.daemon_threads import DaemonThreads

LEAVES = (
    "import time; from sre_agent.model.daemon_threads import DaemonThreads; "
    "DaemonThreads(1, 'x').submit(time.sleep, 600); print('left')"
)


def test_a_process_ends_while_a_call_is_still_silent(true_start: None) -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES], capture_output=True, text=True, timeout=120)

    assert (done.returncode, done.stdout) == (0, "left\n")


def test_results_and_errors_reach_who_asked() -> None:
    aside = DaemonThreads(2, "test")

    assert aside.submit(int, "7").result(20) == 7
    with pytest.raises(ValueError, match="invalid literal"):
        aside.submit(int, "seven").result(20)


def test_no_more_are_at_work_than_may_be_and_who_waits_can_be_called_off() -> None:
    aside, let_go = DaemonThreads(1, "test"), threading.Event()
    began = threading.Event()

    def work() -> bool:
        began.set()
        return let_go.wait(20)

    first = aside.submit(work)
    assert began.wait(20)
    second = aside.submit(int, "2")

    assert not second.done() and second.cancel()
    let_go.set()
    assert first.result(20)
    assert aside.submit(int, "3").result(20) == 3
