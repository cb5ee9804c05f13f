"""The Automation documents of `infra/runbooks`: valid, careful, described, and granted no more than they call."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from mcp_servers.ssm.runbooks import steps
from sre_agent.diagnosis.remedies import does
from sre_agent.failures import load
from sre_lab.aws.ssm.plan import plan
from tests.infra.automation_schema import calls, mistakes
from tests.infra.iam import INFRA, statements

FOLDER: Final = INFRA / "runbooks"
DOCUMENTS: Final = sorted(FOLDER.glob("SreAgent-*.yaml"))
REMEDIES: Final = yaml.safe_load((FOLDER / "remedies.yaml").read_text("utf-8"))
POLICIES: Final = INFRA / "terraform" / "modules" / "remedy" / "policies" / "remedies"
BY_PEOPLE: Final = {"redrive_dead_letters"}  # no failure class starts it: it comes after the fix
IN_A_TAG: Final = re.compile(r"[\w\s.:/=+\-@]{0,256}")
BY_ANOTHER_NAME: Final = {"sqs": {"StartMessageMoveTask": {"ReceiveMessage", "DeleteMessage", "SendMessage"}}}


def content(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return read


def by_name(name: str) -> dict[str, Any]:
    return content(FOLDER / f"{name}.yaml")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_is_valid_by_the_services_schema_and_the_models_of_the_apis_that_it_calls(path: Path) -> None:
    assert list(mistakes(content(path))) == []


def test_the_schema_finds_what_the_service_would_refuse() -> None:
    wrong = by_name("SreAgent-RestartInstance")
    wrong["mainSteps"][0]["inputs"] |= {"InstanceIds": "i-1", "Colour": "red"}
    wrong["mainSteps"][1]["inputs"]["PropertySelector"] = "$.Reservations[0].Name"
    wrong["mainSteps"][2]["inputs"]["Default"] = "Nowhere"
    wrong["mainSteps"][4]["inputs"].pop("DesiredState")
    wrong["mainSteps"][5]["inputs"]["InstanceIds"] = ["{{ Nobody }}"]
    wrong["parameters"]["InstanceId"].pop("allowedPattern")
    assert list(mistakes(wrong)) == [
        "parameter InstanceId: any text is taken",
        "step Before: DescribeInstances takes no Colour",
        "step Before: DescribeInstances.InstanceIds takes a list",
        "step IsRunning: $.Reservations[0].Name finds nothing in what DescribeInstances answers",
        "step Which: it goes to Nowhere, which is no step",
        "step Stop: it lacks DesiredState",
        "step Start: {{ Nobody }} has no value",
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_looks_before_it_acts_and_waits_no_longer_than_it_says(path: Path) -> None:
    document = content(path)
    effects = [steps.effect(step) for step in document["mainSteps"]]
    first = next(place for place, effect in enumerate(effects) if effect != "NonMutating")
    looks = [step for step in document["mainSteps"][:first] if step["action"].startswith(("aws:assert", "aws:execute"))]
    assert looks
    assert all(step.get("onFailure", "Abort") == "Abort" for step in looks), "what is not as it has to be ends it"
    for step in document["mainSteps"]:
        if step["action"].startswith(("aws:wait", "aws:change", "aws:run")):
            assert step["timeoutSeconds"] <= 1800, step["name"]
    assert plan(path.read_text("utf-8")).unsupported_steps == ()
    assert plan(path.read_text("utf-8")).kind != "destructive"


@pytest.mark.parametrize("remedy", REMEDIES)
def test_a_remedy_has_its_document_its_role_and_tags_that_aws_takes(remedy: str) -> None:
    entry = REMEDIES[remedy]
    document, tags = by_name(entry["document"]), entry["tags"]
    assert set(tags) <= {f"sre-agent:{name}" for name in ("failure-classes", "remedies", "undo", "blast-radius")}
    assert all(IN_A_TAG.fullmatch(value) for value in tags.values())
    assert document["assumeRole"] == "{{ AutomationAssumeRole }}"
    assert "Undo:" in document["description"]
    assert ("Undo: none" in document["description"]) == ("sre-agent:undo" not in tags)
    undone_by, *references = tags.get("sre-agent:undo", entry["document"]).split()
    assert undone_by == entry["document"]
    values = {f"{s['name']}.{one['Name']}" for s in document["mainSteps"] for one in s.get("outputs", [])}
    for word in [*references, *tags.get("sre-agent:blast-radius", "").split()]:
        name, _, value = word.partition("=")
        assert value.removeprefix("@") in values | document["parameters"].keys(), word
        assert word not in references or name in document["parameters"]


@pytest.mark.parametrize("remedy", REMEDIES)
def test_the_role_of_a_remedy_may_do_what_its_document_calls_and_nothing_else(remedy: str) -> None:
    calls_made = set(calls(by_name(REMEDIES[remedy]["document"])))
    needed = {f"{service}:{api}" for service, api in calls_made}
    needed |= {f"{s}:{more}" for s, api in calls_made for more in BY_ANOTHER_NAME.get(s, {}).get(api, set())}
    actions = {action for one in statements(POLICIES / f"{remedy}.json") for action in one.actions}
    assert needed <= actions
    assert actions - needed <= {"ssm:GetCommandInvocation"}


def test_every_document_belongs_to_one_remedy() -> None:
    document_names = [one["document"] for one in REMEDIES.values()]
    assert sorted(document_names) == [path.stem for path in DOCUMENTS]


def test_every_remedy_that_a_runbook_does_has_one_of_ours_that_takes_its_parameters() -> None:
    """And every document of ours is for a remedy of the classes that it names, but for those that people start."""
    remedies = {remedy.name: (remedy, kind) for kind in load() for remedy in kind.remedies if remedy.runbook_tag}
    ours = {remedy: [one for one in REMEDIES.values() if does(one["tags"], *remedies[remedy])] for remedy in remedies}
    assert {name: [one["document"] for one in entries] for name, entries in ours.items() if len(entries) != 1} == {}
    for name, [entry] in ours.items():
        takes = by_name(entry["document"])["parameters"].keys()
        assert takes & remedies[name][0].parameters.keys(), name
    runbooks = {word for one in REMEDIES.values() for word in one["tags"]["sre-agent:remedies"].split()}
    assert runbooks - remedies.keys() == BY_PEOPLE
    classes = {word for one in REMEDIES.values() for word in one["tags"]["sre-agent:failure-classes"].split()}
    assert classes <= {kind.name for kind in load()}
