"""Tests that run in forked workers: all are reported with what they printed, a worker's death too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGIN = """
from contextlib import nullcontext
from tests.forked import ForkedWorkers

def pytest_configure(config):
    config.pluginmanager.register(ForkedWorkers(2, lambda session: nullcontext()))
"""
ONE = """
import os, pytest

@pytest.fixture(scope="module", params=["first", "second"])
def shared(request):
    yield request.param
    print("closed", request.param)

def test_a(shared, tmp_path):
    print("said by", shared)
    assert shared == "first"

def test_b(shared):
    assert shared
"""
OTHER = """
import os

def test_dies():
    os._exit(3)

def test_after():
    assert True
"""


def run(folder: Path, *options: str) -> str:
    (folder / "conftest.py").write_text(PLUGIN, encoding="utf-8")
    (folder / "test_one.py").write_text(ONE, encoding="utf-8")
    (folder / "test_other.py").write_text(OTHER, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100).stdout


def test_every_test_is_reported_once_and_the_death_of_a_worker_fails_what_it_had_begun(tmp_path: Path) -> None:
    out = run(tmp_path, "-rA")
    assert "3 failed, 3 passed" in out, out
    assert out.count("said by second") == 1, out
    assert "FAILED test_other.py::test_dies - the worker ended before this test had" in out
    assert "FAILED test_other.py::test_after - the worker ended before this test had" in out


def test_what_has_not_begun_when_enough_has_failed_is_not_run(tmp_path: Path) -> None:
    out = run(tmp_path, "-x", "test_one.py")
    assert "1 failed" in out and "stopping after 1 failures" in out, out
