"""What the runbook tells somebody to type at night works: run where it can be run here or on the lab
(`test_runbook_on_the_lab`), else held against what AWS, the chart and Terraform have."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import botocore.session
import jsonschema
import pytest
import typer
import yaml
from botocore import xform_name
from typer.testing import CliRunner

from sre_agent.cli import exits
from sre_agent.cli.main import app
from sre_agent.domain.base import IncidentId
from tests.backup.installations import empty, fill, store_of
from tests.infra.iam import INFRA
from tests.infra.test_monitoring import ALERTS
from tests.packaging.test_readme import FENCE, INLINE, words_of, wrong

TEXT: Final = (INFRA / "RUNBOOK.md").read_text("utf-8")
ROOT: Final = INFRA.parent
BLOCKS: Final = [text for language, text in FENCE.findall(TEXT) if language == "sh"]
RUN, ON_THE_LAB, BY_THE_CHECK = "# run by a test", "# run on the lab", "# run by make infra-check"
CHECKED: Final = "# checked, never applied"
OF_ALL_OPERATIONS: Final = {"--region", "--query", "--output", "--profile"}
NOW: Final = datetime.now(UTC)
CHART: Final = INFRA / "helm" / "sre-agent"


def commands(mark: str, *names: str) -> list[list[str]]:
    lines = [line for block in BLOCKS if block.startswith(mark) for line in block.splitlines()[1:]]
    return [words for line in lines for words in words_of(line) if not names or words[0] in names]


def cases(words: list[list[str]]) -> list[Any]:
    return [pytest.param(one, id=" ".join(one)[:80]) for one in words]


def test_every_block_says_whether_it_was_run_and_every_command_is_of_a_tool_that_is_looked_at() -> None:
    marks = tuple(f"{mark}\n" for mark in (RUN, ON_THE_LAB, BY_THE_CHECK, CHECKED))
    assert all(block.startswith(marks) for block in BLOCKS)
    assert {words[0] for words in commands(RUN)} == {"sre-agent", "openssl"}
    assert {words[0] for words in commands(ON_THE_LAB)} == {"kubectl", "aws"}
    assert {words[0] for words in commands(BY_THE_CHECK)} == {"helm", "terraform"}
    assert {words[0] for words in commands(CHECKED)} == {"sre-agent", "helm"}
    assert len(commands(CHECKED, "helm")) == 1, "KEDA's objects are of no Kubernetes API that is served here"
    assert len(commands(RUN)) > 40 and len(commands(ON_THE_LAB)) > 25


def test_what_a_sentence_tells_somebody_to_type_is_run_in_a_block_or_needs_a_cluster_a_model_or_a_service() -> None:
    in_blocks = {verb_of(words) for mark in (RUN, CHECKED) for words in commands(mark, "sre-agent")}
    sentences = {verb_of(words_of(span)[0]) for span in INLINE.findall(FENCE.sub("", TEXT)) if span.startswith("sre-")}
    assert sentences - in_blocks == {("sweep",), ("evaluate",), ("serve",), ("work",)}


def verb_of(words: list[str]) -> tuple[str, ...]:
    """`incidents show` of a whole call."""
    verbs: list[str] = []
    command: Any = typer.main.get_command(app)
    for word in words[1:]:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            break
        verbs.append(word)
    return tuple(verbs)


def alarms_of_terraform() -> set[str]:
    text = (INFRA / "terraform" / "modules" / "monitoring" / "main.tf").read_text("utf-8")
    names = re.findall(r"^\s+([a-z-]+) = \{\n\s+text\b", text, re.MULTILINE)
    names += re.findall(r'"\$\{key\}-([a-z-]+)" => \{\n\s+text\b', text)
    names += re.findall(r'alarm_name\s+= "\$\{var\.name\}-([a-z-]+)"', text)
    others = [
        path for path in (INFRA / "terraform").rglob("*.tf") if 'cloudwatch_metric_alarm"' in path.read_text("utf-8")
    ]
    assert [path.parent.name for path in others] == ["monitoring"], "alarms stand in one module"
    return set(names)


def test_every_alarm_has_an_entry_that_says_what_it_means_what_to_do_and_when_it_is_over_and_no_entry_is_of_none() -> (
    None
):
    section = TEXT.partition("\n## Alarms\n")[2].partition("\n## ")[0]
    entries = dict(re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", section, re.DOTALL | re.MULTILINE))
    assert set(entries) == {str(rule["alert"]) for rule in ALERTS} | alarms_of_terraform()
    assert len(alarms_of_terraform()) == 10
    parts = ("\nMeans: ", "\nDo: ", "\nOver when: ")
    assert [name for name, text in entries.items() if not all(part in text for part in parts)] == []


def test_every_section_that_is_linked_is_there_and_every_file() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        assert not path or (INFRA / path).resolve().exists(), target
        assert path or anchor in headings, target


async def installation(folder: Path) -> None:
    """With open incidents, an ended one, and two dead letters."""
    async with store_of(empty("sqlite", folder)) as store:
        await fill(store, 3, open_each=2)
        for incident in (IncidentId("inc-00000"), IncidentId("inc-00002")):
            epoch = await store.lease(incident, "pid:1:dead00@another-machine", NOW, 60)
            assert epoch is not None
            delivery = await store.take_message(incident, epoch, NOW, 60)
            assert delivery is not None
            await store.bury_message(delivery, "the cluster was away")
            await store.release(incident, epoch)


def test_the_commands_that_need_no_cloud_run_one_after_the_other(tmp_path: Path) -> None:
    """As they stand there, on one installation; what is in capitals is filled in, and /srv is a folder of the test."""
    asyncio.run(installation(tmp_path / "state"))
    (tmp_path / "passphrase").write_text("a passphrase for this test\n")
    runner = CliRunner()
    for words in commands(RUN, "sre-agent"):
        values = {"OTHER_MESSAGE": "signal:inc-00000", "INCIDENT": "inc-00002", "MESSAGE": "signal:inc-00002"}
        values |= {"WHY": "a test", "/srv": str(tmp_path)}
        values["KEY"] = key_that_signs(runner, tmp_path) if "KEY" in words else ""
        line = [fill_in(word, values) for word in words[1:]]
        done = runner.invoke(app, line, catch_exceptions=False)
        expected = {exits.OK, exits.ESCALATED, exits.WAITING, exits.UNANSWERED}
        expected |= {exits.FAILED} if words[1] == "doctor" else set()  # nothing is there to be reached
        assert done.exit_code in expected, (line, done.output)
    assert (
        "is as it was written" in runner.invoke(app, ["audit", "verify", "--state-dir", f"{tmp_path}/restored"]).output
    )


def fill_in(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word


def key_that_signs(runner: CliRunner, folder: Path) -> str:
    keys = runner.invoke(app, ["keys", "list", "--json", "--state-dir", f"{folder}/state"]).stdout
    return str(next(key["key"] for key in yaml.safe_load(keys) if key["state"] == "signs"))


@pytest.mark.parametrize("words", cases(commands(CHECKED, "sre-agent")))
def test_a_command_of_ours_that_needs_a_cloud_has_the_options_that_it_is_given(words: list[str]) -> None:
    assert wrong(words) == ""


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@pytest.mark.parametrize("words", cases(commands(CHECKED, "aws")))
def test_an_operation_of_aws_exists_and_takes_these_parameters_and_lacks_none(words: list[str]) -> None:
    service, operation, *rest = words[1:]
    options_here = {word.partition("=")[0] for word in rest if word.startswith("--")} - OF_ALL_OPERATIONS
    names = {xform_name(name, "-"): name for name in model(service).operation_names}
    assert operation in names
    shape = model(service).operation_model(names[operation]).input_shape
    options = {f"--{xform_name(name, '-')}" for name in shape.members}
    flags = {f"--no-{name[2:]}" for name in options}
    assert options_here <= options | flags
    assert {f"--{xform_name(name, '-')}" for name in shape.required_members} <= options_here


@pytest.mark.parametrize("words", cases(commands(CHECKED, "helm") + commands(BY_THE_CHECK, "helm")))
def test_helm_is_given_the_chart_and_values_that_it_takes_together(words: list[str]) -> None:
    assert words[1] in ("upgrade", "rollback", "history") and words[2] == "sre-agent"
    assert words[1] != "upgrade" or ROOT / words[3] == CHART
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    for flag, text in pairwise(words):
        if flag == "--set":
            path, _, value = text.partition("=")
            *above, last = path.split(".")
            where = values
            for part in above:
                where = where[part]
            assert last in where, path
            where[last] = yaml.safe_load(value)
    jsonschema.validate(values, json.loads((CHART / "values.schema.json").read_text("utf-8")))


@pytest.mark.parametrize("words", cases(commands(BY_THE_CHECK, "terraform")))
def test_terraform_is_run_in_a_folder_that_the_check_applies(words: list[str]) -> None:
    """`python -m infra.checks` runs `terraform apply` in each example."""
    folder = next(word.partition("=")[2] for word in words if word.startswith("-chdir="))
    assert (ROOT / folder / "main.tf").is_file() and Path(folder).parent.name == "examples" and words[2:] == ["apply"]
