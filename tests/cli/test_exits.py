"""What the command says by its exit status, in its help, to a wrong word, to a signal and on a poor terminal."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mcp_servers.serving import arguments
from sre_agent.cli import exits
from sre_agent.cli.main import GROUPS, VERBS, LazyVerbs, app
from sre_agent.errors import (
    BadInputError,
    NothingStoredError,
    NotNowError,
    PermanentError,
    SettingsError,
    SreAgentError,
    TemporaryError,
    WrongOptionError,
)
from tests.cli.kubeconfigs import kubeconfig
from tests.cli.test_cli import COMMAND, sre_agent
from tests.syntax import sources

NOWHERE = ["--kubeconfig", "config", "--aws-endpoint-url", "http://127.0.0.1:9", "--aws-region", "eu-west-1"]
SUBVERBS = [(group, name) for group in GROUPS for name in LazyVerbs()[group].commands]
STATUSES = {  # what is called, and its exit status
    # a verb, an option or an option's value that is not there
    "demoo": 2,
    "incidents lst": 2,
    "lab uup": 2,
    "demo --plane": 2,
    "investigate x --approve maybe": 2,
    "investigate x --profile nowhere": 2,
    "sweep --profile nowhere": 2,
    "chat hello --profile nowhere": 2,
    "costs --by weather": 2,
    "costs --json --csv": 2,
    "costs --days many": 2,
    "evaluate --limit 0": 2,
    "evaluate --collect job-1 --profile nowhere": 2,
    "replay world.json": 2,
    "incidents show": 2,
    # a scenario, a file or an incident that is not there
    "demo payday-evenin": 2,
    "lab show payday-evenin": 2,
    "lab up payday-evenin": 2,
    "lab up world.json": 2,
    "chat --lab payday-evenin": 2,
    "investigate missing.json": 2,
    "replay no-world.json --trigger no-trigger.json": 2,
    "incidents show inc-1": 2,
    "incidents approve inc-1 --state-dir empty": 2,
    "incidents reject inc-1 --state-dir empty": 2,
    "incidents resume inc-1 --state-dir empty": 2,
    "incidents cancel inc-1 --state-dir empty": 2,
    "sweep --batch": 2,
    "evaluate --model none": 2,
    # an empty list is a list
    "incidents list": 0,
    "incidents list --state-dir empty --json": 0,
    "costs": 0,
    "costs --json": 0,
    "lab list": 0,
    "lab show payday-evening": 0,
    "demo --list": 0,
    "--version": 0,
    # understood, and could not run
    "sweep --kubeconfig nowhere": 1,
    "investigate web-is-down --state-dir /proc/nowhere": 1,
}


@pytest.mark.parametrize("call", STATUSES)
def test_the_exit_status_follows_one_rule(call: str, tmp_path: Path) -> None:
    done = sre_agent(*call.split(), cwd=tmp_path)
    assert done.returncode == STATUSES[call], done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    if STATUSES[call]:
        assert done.stderr.strip(), "it says why"


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (BadInputError("x"), 2),
        (WrongOptionError("x"), 2),
        (NothingStoredError("x"), 2),
        (NotNowError("x"), 1),
        (SettingsError("x"), 1),
        (TemporaryError("x"), 1),
        (PermanentError("x"), 1),
    ],
)
def test_an_error_has_its_status_by_its_type(problem: SreAgentError, status: int) -> None:
    assert exits.status(problem) == status


@pytest.mark.parametrize("verb", [(), *((name,) for name in (*VERBS, *GROUPS)), *SUBVERBS], ids=" ".join)
def test_the_help_of_every_verb_says_what_its_exit_statuses_mean(verb: tuple[str, ...]) -> None:
    help_text = " ".join(CliRunner().invoke(app, [*verb, "--help"]).output.split())
    assert "Exit status: 0 " in help_text
    if verb != ("doctor",):  # which has its own
        assert all(f" {number} " in help_text for number in (1, 2)) and "130 interrupted" in help_text, help_text


@pytest.mark.parametrize(
    ("call", "near"),
    [
        ("demo payday-evenin", "Did you mean 'payday-evening'?"),
        ("lab up flashsale", "Did you mean 'flash-sale'?"),
        ("chat --lab flashsale", "Did you mean 'flash-sale'?"),
        ("investigat x", "'investigate'"),
        ("incidents lst", "'list'"),
        ("demo --jsn", "--json"),
        ("investigate x --profile embeded", "Did you mean 'embedded'?"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest_one(call: str, near: str, tmp_path: Path) -> None:
    assert near in sre_agent(*call.split(), cwd=tmp_path).stderr


@pytest.mark.parametrize("port", ["22222222", "-1", "65536", "http", "8e3", "٣"])
def test_a_port_that_does_not_exist_is_wrong_usage(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as system_exit:
        arguments.parser("cloudwatch", "", writes=False).parse_args(["--port", port])
    assert system_exit.value.code == 2
    assert "from 0 to 65535" in capsys.readouterr().err


def test_a_table_heeds_columns_in_a_pipe_too(tmp_path: Path) -> None:
    widths = {}
    for columns in ("60", "100", ""):
        done = subprocess.run(
            [*COMMAND, "demo", "--list"],
            cwd=tmp_path,
            env=os.environ | {"COLUMNS": columns},
            capture_output=True,
            text=True,
            timeout=100,
        )
        widths[columns] = max(len(line) for line in done.stdout.splitlines())
    assert widths["60"] <= 60 and widths["100"] <= 100 < widths[""], widths


@pytest.mark.parametrize("encoding", ["ascii", pytest.param("iso8859-1", marks=pytest.mark.long)])
def test_a_terminal_without_all_characters_gets_the_nearest_ones(
    encoding: str, tmp_path: Path, true_start: None
) -> None:
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": encoding}
    if encoding == "ascii":
        del poor["PYTHONIOENCODING"]
    left_out = ("PYTHONIOENCODING", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")  # without AWS fewer servers start
    environment = {name: value for name, value in os.environ.items() if name not in left_out} | poor
    calls = [
        ["lab", "show", "payday-evening", "--answer"],
        ["investigate", "die Zahlung überfällt – web in shop", "--kubeconfig", "config"],
    ]
    kubeconfig(tmp_path)
    for call in calls:
        done = subprocess.run([*COMMAND, *call], cwd=tmp_path, env=environment, capture_output=True, timeout=100)
        output = (done.stdout + done.stderr).decode(encoding)
        assert "Traceback" not in output and "codec" not in output, output
        assert done.returncode in (0, 3) and output.strip(), output
    report = next((tmp_path / ".sre-agent" / "reports").glob("*.json")).read_text(encoding="utf-8")
    assert "überfällt –" in json.loads(report)["title"], "files are UTF-8 wherever they are written"


def test_every_text_file_of_the_product_is_read_and_written_in_a_named_encoding() -> None:
    """By syntax tree: ruff sees only what it knows to be a path, and files of the package are none."""
    places = []
    for source in sources("sre_agent", "mcp_servers"):
        for node in source.nodes(ast.Call):
            if isinstance(node.func, ast.Attribute):
                keywords = {keyword.arg for keyword in node.keywords}
                if node.func.attr in ("read_text", "write_text") and "encoding" not in keywords:
                    places.append(f"{source.path}:{node.lineno}")
    assert places == []
