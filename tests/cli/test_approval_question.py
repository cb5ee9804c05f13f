"""The approval question at the keyboard: what it shows on a small screen, and that it can be left at any moment."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from rich.cells import cell_len

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.permits import Target
from sre_agent.cli import approval
from sre_agent.cli.drive import command
from sre_agent.cli.editing import changes_of
from sre_agent.compose import OfflineRuntime
from sre_agent.connections.local import LocalConnection
from sre_agent.domain.action import Action, Call, SignOff
from sre_agent.domain.base import IncidentId
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.question import Question
from sre_agent.errors import BadInputError
from sre_agent.settings import Settings
from sre_lab.process import LabProcess, start_lab
from tests.cli.test_cli import COMMAND
from tests.reports.test_reports import incident as opened
from tests.terminals import CTRL_C, CTRL_D, OnATerminal

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SUBJECT = Subject(scope="prod", kind="Deployment", namespace="shop", name="web")
LONG = "Deployment/shop/web runs out of memory, and so do its many pods with long names. " * 6


def question(*, diff: int = 60, says: str = LONG) -> Question:
    target = Target(subject="Deployment/shop/web", uid="1", version="7")
    call = Call(server="kubernetes", tool="kubectl_set_resources", arguments={})
    cause = Hypothesis(
        failure_class="memory_limit_exceeded",
        title="Out of memory",
        subject=SUBJECT,
        score=100,
        confidence=0.97,
        decisive=True,
        terms=[],
        statement=says,
    )
    action = Action(
        remedy="raise",
        failure_class="memory_limit_exceeded",
        purpose=f"Raise the limit. {says}",
        call=call,
        scope="prod",
        subject=SUBJECT.short,
        target=target,
        reversible=True,
        diff=[f"+ line {n} of the change {'x' * 100}" for n in range(diff)],
        blast_radius="Replaces 2 pods.",
        confidence=0.97,
    )
    return Question(
        incident=IncidentId("inc-0304-12345678"),
        title=f"web-5xx {says}",
        action=action,
        diagnosis=Diagnosis(verdict="cause", hypothesis=cause, statement=says),
        evidence=[f"evidence {n}: {says}" for n in range(3)],
        changes=[f"memory_limit: 512Mi → 1Gi, {says}"],
        expectations=[f"recovers within 5 min, {says}"],
        undo=f"kubectl set resources {says}",
        approvals=2,
        sign_offs=[SignOff(by="ada", identity="login:ada", at=NOW)],
        until=NOW + timedelta(minutes=29),
    )


@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (24, 40), (50, 132)])
def test_the_question_fits_a_small_screen_and_leaves_nothing_out_that_it_is_answered_by(
    rows: int, columns: int
) -> None:
    screen = approval.lines(question(), NOW, width=columns, height=rows - approval.BELOW, more="how")
    text = " ".join(" ".join(line.plain for line in screen).split())
    assert len(screen) <= rows - approval.BELOW
    assert max(cell_len(line.plain) for line in screen) <= columns
    for needed in ("inc-0304-12345678", "(97% sure)", "evidence 0", "evidence 1", "evidence 2", "Raise the limit"):
        assert needed in text
    for needed in ("512Mi → 1Gi", "Replaces 2 pods.", "within 5 min", "kubectl set", "1 of 2 (ada)"):
        assert needed in text
    assert "+ line 0" in text and "more lines" in text and "in 29 min" in text


def test_a_pipe_gets_all_of_it() -> None:
    text = "\n".join(line.plain for line in approval.lines(question(), NOW, width=80, height=None, more="how"))
    assert "line 59 of the change" in text and "more lines" not in text


@pytest.mark.parametrize(
    ("folder", "words"),
    [(".sre-agent", []), ("my state", ["--state-dir", "my state"]), ("a'b$(x)", ["--state-dir", "a'b$(x)"])],
)
def test_the_command_that_answers_later_names_the_folder_in_the_words_of_a_shell(folder: str, words: list[str]) -> None:
    incident = opened(question="q")
    records = SimpleNamespace(settings=Settings(state_dir=Path(folder)))
    answer_command = command(incident, LocalConnection(cast(OfflineRuntime, records), "ada"))
    assert shlex.split(answer_command) == ["sre-agent", "incidents", "approve", incident.id, *words]


@pytest.mark.parametrize(("key", "words"), [(CTRL_C, ["--plain"]), pytest.param(CTRL_D, [], marks=pytest.mark.long)])
def test_a_demo_is_left_at_its_question_with_what_answers_it_later(key: str, words: list[str], tmp_path: Path) -> None:
    with OnATerminal([*COMMAND, "demo", "evening-traffic", *words], tmp_path, {}) as terminal:
        terminal.until("[y/N]")
        output = terminal.shown
        terminal.types(key)
        assert terminal.end() == 4, terminal.shown
    screen = output.rsplit("[y/N]", 1)[0].splitlines()[-24:]
    for needed in ("recommender-5xx", "% sure)", "OOMKilled", "Raise the memory limit", "Expires"):
        assert any(needed in line for line in screen), (needed, screen)
    assert "Aborted" not in terminal.shown and "Traceback" not in terminal.shown
    assert re.search(r"sre-agent incidents approve inc-\S+ --state-dir .sre-agent/demo/state", terminal.shown)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with start_lab("evening-traffic", follow_wall=True, folder=tmp_path_factory.mktemp("lab")) as lab:
        yield lab


def flags(lab: LabProcess) -> list[str]:
    ends = lab.endpoints
    return [
        *("--profile", "embedded", "--kubeconfig", str(ends.kubeconfig), "--aws-endpoint-url", ends.aws),
        *("--aws-region", ends.region, "--prometheus-url", ends.prometheus, "--state-dir", "my state"),
    ]


def left(terminal: OnATerminal, key: str) -> list[str]:
    """Leaves the question; the words of the command that answers it."""
    terminal.until("[y/N]")
    terminal.types(key)
    assert terminal.end() == 4, terminal.shown
    assert "Aborted" not in terminal.shown and "Traceback" not in terminal.shown
    match = re.search(r"sre-agent incidents reject .*", terminal.shown)
    assert match is not None, terminal.shown
    return shlex.split(match[0])


def test_every_verb_that_asks_is_left_the_same_way_and_answered_by_the_command_that_it_names(
    lab: LabProcess, tmp_path: Path
) -> None:
    asks = "recommender in discovery does not start"
    with OnATerminal([*COMMAND, "investigate", asks, *flags(lab)], tmp_path, os.environ | {}) as terminal:
        words = left(terminal, CTRL_C)
    assert words[-2:] == ["--state-dir", "my state"]
    with OnATerminal([*COMMAND, "incidents", "resume", *words[3:]], tmp_path, {}) as terminal:
        assert left(terminal, CTRL_D) == words
    with OnATerminal([*COMMAND, "incidents", "show", *words[3:]], tmp_path, {}) as terminal:
        assert terminal.end() == 4
    assert len(terminal.shown.splitlines()) <= 24, terminal.shown
    for needed in ("Cause", "% sure)", "Evidence", "Action", "Change", "256Mi", "Expires", "incidents approve"):
        assert needed in terminal.shown
    done = subprocess.run([*COMMAND, *words[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 3 and "approval_denied" in done.stdout, done.stderr


def test_a_question_in_a_conversation_is_left_the_same_way_and_the_conversation_with_it(
    lab: LabProcess, tmp_path: Path
) -> None:
    with OnATerminal([*COMMAND, "chat", *flags(lab)], tmp_path, {}) as terminal:
        terminal.until("›")
        terminal.types("fix deployment recommender in discovery\n")
        words = left(terminal, CTRL_C)
    assert words[-2:] == ["--state-dir", "my state"]


def test_new_values_of_arguments_are_read_as_what_the_argument_is() -> None:
    arguments = {"replicas": 3, "memory_limit": "512Mi", "image": "web:1.9"}
    read = changes_of(
        ["replicas=4", "memory_limit=1Gi", "image = 1.10", "to_revision=", 'selector={"a": "b"}'], arguments
    )
    assert read == {
        "replicas": 4,
        "memory_limit": "1Gi",
        "image": "1.10",
        "to_revision": None,
        "selector": {"a": "b"},
    }
    with pytest.raises(BadInputError, match="ARGUMENT=VALUE"):
        changes_of(["4 replicas"], arguments)
