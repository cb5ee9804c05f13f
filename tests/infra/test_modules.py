"""What the Terraform modules take from the service: the keys of its tables, and the names of its settings."""

from __future__ import annotations

import json
import re

from infra.checks.read_schema import types_in_use
from sre_agent.aws_services.definitions import EXPIRY, tables
from sre_agent.aws_services.queue_definition import MOST_RECEIVES, queue_attributes
from sre_agent.settings import StateAccess
from sre_agent.settings.root import NAMES
from tests.infra.iam import INFRA

TERRAFORM = INFRA / "terraform"
MODULES = TERRAFORM / "modules"


def test_the_tables_are_those_that_the_service_defines() -> None:
    ours = json.loads((MODULES / "store" / "tables.json").read_text("utf-8"))
    for slot, table in tables(StateAccess()).items():
        assert f"sre-agent{ours[slot]['suffix']}" == table.name
        assert ours[slot]["keys"] == [name for name, _ in table.keys]
        assert ours[slot]["indexes"] == {index: [name for name, _ in keys] for index, keys in table.indexes.items()}
        assert {kind for keys in (table.keys, *table.indexes.values()) for _, kind in keys} == {"S"}
    assert f'attribute_name = "{EXPIRY}"' in (MODULES / "store" / "main.tf").read_text("utf-8")


def test_the_queues_are_as_the_service_defines_them() -> None:
    queue = (MODULES / "queue" / "main.tf").read_text("utf-8")
    attributes = queue_attributes()
    for name, argument in {
        "ContentBasedDeduplication": "content_based_deduplication",
        "DeduplicationScope": "deduplication_scope",
        "FifoThroughputLimit": "fifo_throughput_limit",
        "MessageRetentionPeriod": "message_retention_seconds",
    }.items():
        assert re.findall(rf'^  {argument} += "?(\w+)', queue, re.M) == [attributes[name]] * 2  # its dead letters' too
    variables = (MODULES / "queue" / "variables.tf").read_text("utf-8")
    assert f"default     = {MOST_RECEIVES}\n" in variables


def test_every_variable_of_the_environment_is_a_setting() -> None:
    variables = {
        name.lower()
        for file in TERRAFORM.rglob("*.tf")
        for name in re.findall(r"\bSRE_AGENT_([A-Z_]+)", file.read_text("utf-8"))
    }
    assert variables
    assert variables - NAMES == set()


def test_the_schema_is_kept_for_every_kind_of_resource_that_a_module_uses() -> None:
    schema = json.loads((INFRA / "checks" / "aws_schema.json").read_text("utf-8"))
    assert {name for kind, name in types_in_use() if name not in schema[kind]} == set(), "make infra-schema"


def test_every_module_explains_itself_and_each_of_its_variables() -> None:
    for module in MODULES.iterdir():
        assert (module / "main.tf").read_text("utf-8").startswith("# "), module.name
        assert {"main.tf", "outputs.tf", "versions.tf"} <= {file.name for file in module.iterdir()}
        for file in module.glob("*.tf"):
            text = file.read_text("utf-8")
            blocks = re.findall(r'^(?:variable|output) "\w+" \{\n  (\w+)', text, re.M)
            assert set(blocks) <= {"description"}, file


def test_what_can_have_tags_has_them() -> None:
    schema = json.loads((INFRA / "checks" / "aws_schema.json").read_text("utf-8"))["resource"]
    for file in MODULES.rglob("*.tf"):
        for kind, name, body in re.findall(
            r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}', file.read_text("utf-8"), re.M | re.S
        ):
            if "tags" in schema[kind]["attributes"]:
                assert re.search(r"^  tags +=", body, re.M), f"{file}: {kind}.{name}"
