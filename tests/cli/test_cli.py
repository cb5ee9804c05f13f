"""The command as a user meets it: outcome, exit status, messages; in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sre_agent.settings import LAST
from tests.cli.kubeconfigs import kubeconfig

COMMAND = [sys.executable, "-c", "from sre_agent.cli.entry import run; run()"]  # what the console script does
STATE = ".sre-agent/demo/state"


def sre_agent(*words: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=100)


def test_the_plain_demo_finds_mends_and_proves_unattended_and_its_files_are_of_this_user_alone(
    tmp_path: Path, true_start: None
) -> None:
    command = [*COMMAND, "demo", "--json", "--folder", str(tmp_path / "made/demo")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110, umask=0)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["status"], report["reason"]) == ("remediated", "fixed")
    assert report["remediations"][0]["allowed_by"].startswith("policy:")
    files = [tmp_path / "made", *(tmp_path / "made").rglob("*")]
    assert {path: oct(path.stat().st_mode) for path in files if path.stat().st_mode & 0o077} == {}
    names = {path.name for path in files}
    assert {"lab.log", "kubeconfig", "permit.key", "log.jsonl", "servers.log", LAST} <= names
    assert {"incidents.sqlite", "queue.sqlite", "checkpoints.sqlite", "used-permits-kubernetes.sqlite"} <= names
    assert f"{report['incident']}.md" in names


def test_an_escalated_demo_says_so_with_its_exit_status_and_in_plain_lines(tmp_path: Path) -> None:
    done = sre_agent("demo", "quiet-ledger", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "escalated/no_safe_action" in done.stdout
    assert "\x1b[" not in done.stdout, "no colours in a pipe"
    assert "kubectl_explain_workload" not in done.stdout, "the trace has to be asked for: the verdict is what stays"
    listing = json.loads(sre_agent("incidents", "list", "--json", "--state-dir", STATE, cwd=tmp_path).stdout)
    page = sre_agent("incidents", "show", listing[0]["id"], "--trace", "--state-dir", STATE, cwd=tmp_path)
    assert "kubernetes.kubectl_explain_workload" in page.stdout.partition("\ntrace")[2], page.stdout[-2000:]


def test_a_question_that_nobody_can_answer_stays_open_and_nothing_is_written(tmp_path: Path) -> None:
    done = sre_agent("demo", "evening-traffic", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert "waiting for approval" in done.stdout and "The approval question was not answered" in done.stdout
    assert "writes:" not in done.stderr


def test_a_scenario_keeps_its_answer_until_it_is_asked_for(tmp_path: Path) -> None:
    document = json.loads(sre_agent("lab", "show", "flash-sale", "--json", cwd=tmp_path).stdout)
    assert set(document) == {"name", "title", "alarm"}
    document = json.loads(sre_agent("lab", "show", "flash-sale", "--answer", "--json", cwd=tmp_path).stdout)
    assert document["causes"][0].startswith("table_throttled on Table/shop-orders")
    assert document["fixes"] and document["does not fix"]


def test_the_version_is_told(tmp_path: Path, true_start: None) -> None:
    assert sre_agent("--version", cwd=tmp_path).stdout.startswith("sre-agent ")


def test_a_ctrl_c_ends_the_lab_quietly(tmp_path: Path) -> None:
    prelude = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "  # background jobs ignore it
    running = subprocess.Popen(
        [sys.executable, "-c", prelude + COMMAND[-1], "lab", "up", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["kubeconfig"]
        running.send_signal(signal.SIGINT)
        try:
            _, errors = running.communicate(timeout=30)
        finally:
            running.kill()
    assert errors == "" and running.returncode in (0, 130), "before or after it waits for the lab, it is quiet"


def test_the_list_names_the_shipped_scenarios(tmp_path: Path) -> None:
    result = sre_agent("demo", "--list", "--json", cwd=tmp_path)
    assert {row["name"] for row in json.loads(result.stdout)} >= {"payday-evening", "evening-traffic", "flash-sale"}


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (["demo", "nothing-of-that-name"], "", "No such scenario: 'nothing-of-that-name'"),
        (["lab", "show", "nothing-of-that-name"], "", "No such scenario: 'nothing-of-that-name'"),
        (["investigate", "missing.json"], "", "There is no file"),
        (["investigate", "-"], "{not json", "JSON"),
        (["investigate", "-"], '{"detail-type": "EC2 Instance State-change Notification", "detail": {}}', "nderstood"),
        (["investigate", "x", "--profile", "nowhere"], "", "There is no profile 'nowhere'"),
        (["incidents", "show", "inc-1", "--state-dir", "empty"], "", "no incidents in empty"),
        (["investigate", "a in b", "--kubeconfig", "config", "--state-dir", "/proc/nowhere"], "", "state folder"),
        (["replay", "no-world.json", "--trigger", "no-trigger.json"], "", "cannot be read"),
    ],
)
def test_bad_input_gets_one_clear_message_and_no_traceback(
    words: list[str], stdin: str, says: str, tmp_path: Path
) -> None:
    kubeconfig(tmp_path)
    done = sre_agent(*words, cwd=tmp_path, stdin=stdin)
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_without_any_cluster_or_cloud_an_investigation_ends_with_gaps_and_no_traceback(tmp_path: Path) -> None:
    silent = kubeconfig(tmp_path)
    done = sre_agent(
        *("investigate", "checkout in shop keeps restarting", "--json", "--kubeconfig", str(silent)),
        *("--aws-endpoint-url", "http://127.0.0.1:9", "--aws-region", "eu-west-1"),
        cwd=tmp_path,
    )
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    assert report["status"] == "escalated" and report["gaps"]
    assert "Traceback" not in done.stderr
