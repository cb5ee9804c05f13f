"""Without the extra `lab` everything but the lab works, and what needs it says in one line what to install."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sre_agent.cli.embedded import EXTRA
from sre_agent.cli.main import GROUPS, VERBS

pytestmark = pytest.mark.usefixtures("true_start")  # a copy has loaded the lab
HIDE = f"import sys; sys.modules.update(dict.fromkeys({EXTRA!r})); "  # as if they were not installed
RUN = "from sre_agent.cli.entry import run; run()"
LOAD_ALL = """
import pkgutil, importlib, sre_agent, mcp_servers
for package in (sre_agent, mcp_servers):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
"""


def bare(program: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HIDE + program, *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL)


def test_every_module_outside_the_lab_loads_without_its_packages(tmp_path: Path) -> None:
    done = bare(LOAD_ALL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-1000:]


def test_the_help_shows_every_verb_without_the_lab(tmp_path: Path) -> None:
    done = bare(RUN, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(f"  {verb} " in done.stdout for verb in (*VERBS, *GROUPS))


LONG = pytest.mark.long  # of each verb the normal run has one call: each is a start of Python


@pytest.mark.parametrize(
    "words", [["demo", "--list"], pytest.param(["lab", "list"], marks=LONG), ["lab", "show", "toll-gate"]]
)
def test_scenarios_can_be_read_without_the_lab(tmp_path: Path, words: list[str]) -> None:
    done = bare(RUN, *words, cwd=tmp_path)
    assert done.returncode == 0 and "toll-gate" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["demo"],
        pytest.param(["demo", "--json"], marks=LONG),
        ["lab", "up"],
        ["chat", "--lab", "payday-evening", "which pods restarted"],
        ["replay", "world.json", "--trigger", "alarm.json"],
        pytest.param(["replay", "world.json", "--trigger", "sweep.json"], marks=LONG),
    ],
    ids=" ".join,
)
def test_what_needs_the_lab_says_in_one_line_what_to_install(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "world.json").write_text("{}", encoding="utf-8")
    (tmp_path / "alarm.json").write_text(json.dumps({"type": "alarm", "payload": {}}), encoding="utf-8")
    (tmp_path / "sweep.json").write_text(json.dumps({"type": "sweep", "scope": "cluster"}), encoding="utf-8")
    done = bare(RUN, *words, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == "" and done.stderr.count("\n") == 1
    assert "pip install 'sre-agent[lab]'" in done.stderr


def test_a_container_which_has_no_lab_at_all_says_so_in_one_line(tmp_path: Path) -> None:
    absent = HIDE.replace(repr(EXTRA), repr(("sre_lab",)))
    command = [sys.executable, "-c", absent + RUN, "demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "sre-agent[lab]" in done.stderr
