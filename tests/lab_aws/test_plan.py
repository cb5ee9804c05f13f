"""A document laid out before it runs: order, effects, what the lab refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.plan import plan

from .runbooks import sleep, step

READ = step("look", "aws:assertAwsResourceProperty", {"Service": "rds", "Api": "describe_db_instances"})


def document(*steps: dict[str, Any], **more: Any) -> str:
    return json.dumps({"schemaVersion": "0.3", "mainSteps": list(steps), **more})


def api(name: str) -> dict[str, Any]:
    return step("do", "aws:executeAwsApi", {"Service": "ec2", "Api": name})


def test_steps_stand_in_order_with_where_they_lead() -> None:
    choices = {"Choices": [{"NextStep": "fix", "Variable": "{{ Size }}", "NumericGreater": 3}], "Default": "done"}
    layout = plan(
        document(
            step("ask", "aws:approve", onFailure="step:done"),
            step("decide", "aws:branch", choices),
            sleep("fix", onFailure="Continue", onCancel="step:done", nextStep="check"),
            sleep("check", isEnd=True),
            sleep("done"),
        )
    )
    assert [(s.name, s.next) for s in layout.steps] == [
        ("ask", ("decide",)),
        ("decide", ("fix", "done")),
        ("fix", ("check",)),
        ("check", ()),
        ("done", ()),
    ]
    assert (layout.steps[0].on_failure, layout.steps[2].on_failure, layout.steps[2].on_cancel) == (
        "done",
        "Continue",
        "done",
    )
    assert [s.critical for s in layout.steps] == [True, True, False, True, True]
    assert layout.kind == "read-only"


@pytest.mark.parametrize(
    ("first_step", "kind"),
    [
        (READ, "read-only"),
        (api("StopInstances"), "mutating"),
        (api("terminate_instances"), "destructive"),
        (api("DetachVolume"), "destructive"),
        (api("{{ Which }}"), "undetermined"),
        (step("end", "aws:changeInstanceState", {"InstanceIds": ["i-1"], "DesiredState": "terminated"}), "destructive"),
        (step("end", "aws:changeInstanceState", {"InstanceIds": ["i-1"], "DesiredState": "stopped"}), "mutating"),
        (step("RevokeOldKeys", "aws:executeScript", {"Handler": "main"}), "destructive"),
        (step("keys", "aws:executeScript", {"Script": "iam.delete_access_key(UserName=u)"}), "destructive"),
        (step("keys", "aws:executeScript", {"Script": "note = 'DeleteOnTermination'"}), "undetermined"),
        (step("sh", "aws:runCommand", {"Parameters": {"commands": ["aws ec2 delete-volume"]}}), "destructive"),
        (step("child", "aws:executeAutomation", {"DocumentName": "AWS-DetachEBSVolume"}), "destructive"),
        (step("each", "aws:loop", {"Iterators": ["a"], "Steps": [api("RevokeGrant")]}), "destructive"),
        (step("each", "aws:loop", {"Iterators": ["a"], "Steps": [READ]}), "read-only"),
    ],
)
def test_a_document_is_as_grave_as_its_gravest_step(first_step: dict[str, Any], kind: str) -> None:
    assert plan(document(READ, first_step | {"name": "second"} if first_step is READ else first_step)).kind == kind


def test_a_default_of_a_parameter_tells_which_call_it_is() -> None:
    parameters = {"Which": {"type": "String", "default": "RebootInstances"}}
    assert plan(document(api("{{ Which }}"), parameters=parameters)).kind == "mutating"


def test_actions_that_the_lab_does_not_run_are_listed_also_inside_of_loops() -> None:
    ring = step("ring", "aws:invokeLambdaFunction", {"FunctionName": "bell"})
    layout = plan(document(sleep("nap"), step("each", "aws:loop", {"Iterators": ["a"], "Steps": [ring]})))
    assert [(s.name, s.action) for s in layout.unsupported_steps] == [("ring", "aws:invokeLambdaFunction")]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([step("each", "aws:loop", {"Iterators": ["a"], "Steps": []})], "list of Steps"),
        ([step("each", "aws:loop", {"Steps": [sleep("nap")]})], "either Iterators or a LoopCondition"),
        ([sleep("nap", onCancel="step:gone")], "'gone', which is no step"),
        ([sleep("nap"), sleep("nap")], "Two steps are called 'nap'"),
    ],
)
def test_a_document_of_no_good_form_is_refused_with_the_reason(steps: list[Any], words: str) -> None:
    with pytest.raises(AwsError, match=words):
        plan(document(*steps))


YAML = """
schemaVersion: '0.3'
parameters:
  Name: {type: String, allowedPattern: '^\\p{Upper}[\\p{Alnum}_]{1,8}\\z'}
mainSteps:
- name: put
  action: aws:executeAwsApi
  inputs: {Service: iam, Api: CreatePolicy, PolicyDocument: {Version: 2012-10-17}}
"""


def test_a_date_in_yaml_is_text_and_a_pattern_of_java_is_understood() -> None:
    assert plan(YAML).kind == "mutating"
    assert plan("\ufeff" + document(step("run", "aws:executeScript", {"Script": "a"}))).steps[0].name == "run"
    assert plan(document(step("run", "aws:executeScript", {"Script": "a\nb"})).replace("\\n", "\n")).unsupported_steps
