"""What a user gives by flag, by variable and by Ctrl-C, and what the command says to it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_agent.cli import exits
from sre_agent.cli.main import app
from sre_agent.cli.view import PlainView
from sre_agent.progress import Event
from sre_agent.settings import Settings, misspelt, save
from tests.cli.kubeconfigs import kubeconfig

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_a_misspelt_variable_is_answered_with_the_setting_that_it_may_be() -> None:
    variables = dict.fromkeys(
        ("SRE_AGENT_MODLE", "SREAGENT_LANGUAGE", "SRE_AGENT_MODEL", "SRE_AGENT_WEATHER", "HOME"), "x"
    )
    assert misspelt(variables) == [
        "SREAGENT_LANGUAGE is not a setting. Did you mean SRE_AGENT_LANGUAGE?",
        "SRE_AGENT_MODLE is not a setting. Did you mean SRE_AGENT_MODEL?",
        "SRE_AGENT_WEATHER is not a setting.",
    ]


def test_variables_that_a_pod_has_beside_a_service_of_our_name_are_nobodys_mistake() -> None:
    variables = (
        "SRE_AGENT_SERVICE_HOST",
        "SRE_AGENT_SERVICE_PORT_HTTP",
        "SRE_AGENT_PORT",
        "SRE_AGENT_PORT_80_TCP_ADDR",
    )
    assert misspelt(dict.fromkeys(variables, "x")) == []


def test_the_warning_stands_on_stderr_and_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SRE_AGENT_MODLE", "bedrock")
    done = CliRunner().invoke(app, ["lab", "list"])
    assert done.exit_code == exits.OK
    assert "SRE_AGENT_MODLE is not a setting. Did you mean SRE_AGENT_MODEL?" in done.stderr
    assert "SRE_AGENT_MODLE" not in done.stdout


@pytest.mark.parametrize("verb", [["investigate", "web in shop"], ["sweep"], ["chat", "is web ready"]])
def test_a_model_given_by_flag_wins_over_the_variable(
    verb: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SRE_AGENT_MODEL", "bedrock")
    command = [*verb, "--model", "scripted:nowhere.yaml", "--kubeconfig", str(kubeconfig(tmp_path))]
    done = CliRunner().invoke(app, [*command, "--state-dir", str(tmp_path / "state")])
    assert "nowhere.yaml" in str(done.exception) and "bedrock" not in str(done.exception)


def test_the_lines_of_an_incident_that_an_earlier_run_left_open_carry_its_name() -> None:
    err = io.StringIO()
    view = PlainView(err=err)
    signal = {"labels": {}, "description": ""}
    view.on_event(Event(kind="incident.opened", incident="inc-2", at=NOW, name="new", data={"signal": signal}))
    view.on_event(
        Event(kind="incident.ended", incident="inc-1", at=NOW, name="escalated", data={"reason": "cancelled"})
    )
    view.on_event(Event(kind="incident.ended", incident="inc-2", at=NOW, name="remediated", data={"reason": "fixed"}))
    assert [line.split("  ", 1)[1] for line in err.getvalue().splitlines()] == [
        "incident inc-2 opened: new",
        "(not finished, inc-1)  ended escalated/cancelled",
        "ended remediated/fixed",
    ]


@pytest.mark.parametrize(("under_way", "goes_on"), [(None, True), (["inc-1"], True), ([], False)])
def test_ctrl_c_tells_how_to_go_on_only_where_something_may_be_open(
    under_way: list[str] | None, goes_on: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> int:
        raise KeyboardInterrupt

    assert exits.run(work(), under_way).exit_code == exits.INTERRUPTED
    assert ("resume" in capsys.readouterr().err) == goes_on


READING = {
    "costs": "No chat model calls in {folder}.",
    "incidents list": "No incidents in {folder}.",
    "incidents show inc-1": "no one incident 'inc-1'",
    "sweep --collect batch-0": "There is no batch job 'batch-0' in {folder}/batches",
    "evaluate --model bedrock": "No incident in {folder} has finished",
}


@pytest.mark.parametrize("verb", READING)
@pytest.mark.parametrize("way", ["variable", "profile", "flag"])
def test_what_an_earlier_run_left_is_found_as_that_run_was_told_where_to_leave_it(
    verb: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, profile = tmp_path / "kept", tmp_path / "mine.toml"
    save(Settings(state_dir=folder))
    profile.write_text(f'state_dir = "{folder if way == "profile" else tmp_path / "elsewhere"}"')
    if way != "profile":
        monkeypatch.setenv("SRE_AGENT_STATE_DIR", str(folder if way == "variable" else tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)

    command = [*verb.split(), "--profile", str(profile), *(["--state-dir", str(folder)] if way == "flag" else [])]
    done = CliRunner().invoke(app, command)

    assert READING[verb].format(folder=folder) in f"{done.output}{done.exception}"
