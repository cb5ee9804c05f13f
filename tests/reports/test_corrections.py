"""The kubectl line for a field whose right value is evident: it changes that field alone, whatever its value holds."""

from __future__ import annotations

import json
import shlex

import pytest

from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis.corrections import in_words
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import FieldCorrection
from sre_agent.reports.commands import ConnectionOptions
from sre_agent.reports.correction_commands import command

CART = Subject(scope="prod", kind="Deployment", namespace="shop", name="cart")
PROBE = '{"httpGet": {"path": "/ready", "port": 8080}}'


def correction(field: str, **changes: str) -> FieldCorrection:
    fields = {"container": "web", "source": "revision", "of": "3", **changes}
    return FieldCorrection(subject=CART, field=field, evidence=EvidenceId("E1"), **fields)


def words(change: FieldCorrection) -> list[str]:
    return shlex.split(command(change, ConnectionOptions()))[3:]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (correction("image", now="a:2", value="a:1"), ["set", "image", "deployment/cart", "web=a:1"]),
        (
            correction("env", name="MODE", now="", value="very strict"),
            ["set", "env", "deployment/cart", "-c", "web", "MODE=very strict"],
        ),
        (correction("env", name="MODE", now="x"), ["set", "env", "deployment/cart", "-c", "web", "MODE-"]),
        (
            correction("resources", name="memory limit", now="32Mi", value="256Mi"),
            ["set", "resources", "deployment/cart", "-c", "web", "--limits=memory=256Mi"],
        ),
    ],
    ids=["image", "variable with a space", "variable that was not there", "memory limit"],
)
def test_a_verb_of_kubectl_is_used_where_one_is_made_for_the_field(change: FieldCorrection, line: list[str]) -> None:
    assert words(change) == line


@pytest.mark.parametrize(
    ("change", "operation"),
    [
        (
            correction("probe", now="{}", value=PROBE, path="/a"),
            {"op": "replace", "path": "/a", "value": json.loads(PROBE)},
        ),
        (correction("args", now="", value='["serve"]', path="/b"), {"op": "add", "path": "/b", "value": ["serve"]}),
        (correction("node_selector", name="pool", now="x", path="/c"), {"op": "remove", "path": "/c"}),
        (
            correction("reference", now="cfg", value="config", path="/d", source="near_name", of="ConfigMap"),
            {"op": "replace", "path": "/d", "value": "config"},
        ),
    ],
    ids=["probe", "arguments that were not there", "selector to take out", "reference"],
)
def test_anything_else_is_one_operation_of_a_json_patch(change: FieldCorrection, operation: dict[str, object]) -> None:
    *line, patch = words(change)
    assert line == ["patch", "deployment/cart", "--type=json", "-p"] and json.loads(patch) == [operation]


def test_a_correction_says_where_its_value_comes_from() -> None:
    assert in_words(correction("image", value="a:1")) == "set the image of container web to a:1, as revision 3 had"
    taken_out = in_words(correction("env", name="MODE", now="x"))
    assert taken_out == "take out the variable MODE of container web, which revision 3 did not have"


def test_a_correction_tells_what_is_there_now_where_its_words_do_not_already() -> None:
    image = in_words(correction("image", now="a:2", value="a:1"), with_present=True)
    assert image == "set the image of container web to a:1, as revision 3 had (now it is a:2)"
    reference = correction("reference", name="ConfigMap", now="cfg", value="config", source="near_name", of="ConfigMap")
    assert in_words(reference, with_present=True).count("cfg") == 1
