"""What checks hold a live account against is what Terraform makes; the rights of checks are those of their table."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from sre_agent.ops.checks import checks
from sre_agent.ops.checks.alarm_settings import FILE
from sre_agent.ops.shipped_policies import ROLES, differences, shipped_document
from tests.infra.iam import INFRA, VALUES, allows
from tests.ops.account import render

MODULES = INFRA / "terraform" / "modules"
NAME = VALUES["name"]


def test_every_policy_that_terraform_gives_to_these_roles_is_in_the_table() -> None:
    blocks = [
        (path, block)
        for path in MODULES.glob("*/*.tf")
        for block in re.findall(r'^resource "aws_iam_role_policy" .*?^}', path.read_text("utf-8"), re.M | re.S)
    ]
    of_roles = {
        "aws_iam_role.responder.id": "responder",
        "aws_iam_role.reader.id": "reader",
        "aws_iam_role.backup.id": "backup",
        "var.role_name": "responder",
        "var.responder_name": "responder",
    }
    policies_by_role: dict[str, set[str]] = {}
    for path, block in blocks:
        role = of_roles.get(re.search(r"role\s+= (\S+)", block)[1])  # type: ignore[index]
        if role and path.parent.name in ("roles", "agentcore", "service_ecs", "backups"):
            policies_by_role.setdefault(role, set()).add(re.search(r'name\s+= "([^"]+)"', block)[1])  # type: ignore[index]
    assert policies_by_role == {role: set(policies) for role, policies in ROLES.items()}


@pytest.mark.parametrize("file", sorted({file for policies in ROLES.values() for file in policies.values()}))
def test_a_policy_as_terraform_renders_it_does_not_differ_from_what_is_shipped(file: str) -> None:
    assert differences(render(file, NAME), file, NAME) == ([], [])


def test_more_rights_a_wider_resource_a_dropped_condition_and_a_dropped_deny_are_differences() -> None:
    file = ROLES["reader"]["read"]
    live = render(file, NAME)
    live["Statement"][0]["Action"] += ["s3:GetObject", "cloudwatch:*"]
    more, less = differences({"Statement": live["Statement"][:1]}, file, NAME)
    assert more == ["cloudwatch:* on *", "s3:getobject on *"]
    assert "no longer denies secretsmanager:getsecretvalue" in less
    own = render(ROLES["responder"]["own-state"], NAME)
    for statement in own["Statement"]:
        statement.pop("Condition", None)
        statement["Resource"] = "*" if statement["Sid"] == "Bucket" else statement["Resource"]
    more, _ = differences(own, ROLES["responder"]["own-state"], NAME)
    assert "s3:getobject on *" in more and any(one.startswith("iam:passrole on ") for one in more)
    assert differences({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}, file, NAME)[0] == [
        "NotAction on *"
    ]


def test_the_alarms_that_checks_look_for_are_those_that_terraform_always_makes() -> None:
    text = (MODULES / "monitoring" / "main.tf").read_text("utf-8")
    definitions = yaml.safe_load(shipped_document(FILE))
    always = text[text.index("merge(") : text.index("{ for key, queue in var.queues")]
    names = re.findall(r"^      ([\w-]+) = \{$", always, re.M)
    assert [*names, "cost-per-hour"] == list(definitions)
    for name in names:
        block = always[always.index(f"      {name} = {{") :].partition("\n      }")[0]
        assert f'metric = "{definitions[name]["metric"]}"' in block
        for key in ("period", "periods", "threshold"):
            assert re.search(rf"\b{key} = {definitions[name][key]}\b", block), (name, key)
    assert 'alarm_name          = "${var.name}-cost-per-hour"' in text


def test_the_policy_for_who_runs_checks_has_the_rights_that_their_table_names_and_no_others() -> None:
    document = json.loads((INFRA / "aws" / "operator.json").read_text("utf-8"))
    *reading, opening = document["Statement"]
    actions = {action for one in reading for action in one["Action"]}
    assert actions | {opening["Action"]} == {permission for check in checks() for permission in check.permissions}
    assert all(re.match(r"[a-z0-9-]+:(Get|List|Describe)", action) for action in actions)


def test_who_runs_checks_reads_backups_in_their_bucket_and_cannot_open_the_keys_that_are_sealed_in_them() -> None:
    operator, key = INFRA / "aws" / "operator.json", "arn:aws:kms:eu-central-1:111122223333:key/YOUR-BACKUP-KEY"
    by_s3 = {"kms__ViaService": "s3.YOUR-BACKUP-REGION.amazonaws.com"}
    assert allows(operator, "s3:GetObject", "arn:aws:s3:::YOUR-BACKUPS/sre-agent/manifest.json")
    assert not allows(operator, "s3:GetObject", "arn:aws:s3:::YOUR-STATE-BUCKET/evidence/x")
    assert allows(operator, "kms:Decrypt", key, **by_s3) and not allows(operator, "kms:Decrypt", key)


def test_no_two_checks_have_one_name_and_every_check_says_what_it_reads() -> None:
    rows = checks()
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.reads and not row.reads.endswith(".") for row in rows)
