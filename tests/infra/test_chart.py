"""The Helm chart, as far as it can be held without Helm; `make infra-check` renders and compares it with kustomize."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import tomllib
from typing import Any

import jsonschema
import pytest
import yaml

from infra.checks.same_objects import differences, objects
from sre_agent.settings import Settings
from tests.infra.iam import INFRA
from tests.lab_kubernetes.served_cluster import need_kubectl

CHART = INFRA / "helm" / "sre-agent"
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
GIVEN = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in sorted((CHART / "ci").glob("*-values.yaml"))}
SCHEMA = jsonschema.Draft7Validator(json.loads((CHART / "values.schema.json").read_text("utf-8")))


def merge(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """As Helm merges what a person gives into the defaults: maps key by key, everything else whole."""
    parts = {name: merge(values[name], one) for name, one in more.items() if isinstance(one, dict) and name in values}
    return values | more | parts


@pytest.fixture(scope="module")
def overlay() -> str:
    need_kubectl()
    command = ["kubectl", "kustomize", str(INFRA / "kubernetes" / "overlays" / "reader")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_schema_takes_the_defaults_and_everything_that_is_checked() -> None:
    assert GIVEN
    for name, values in GIVEN.items():
        assert [error.message for error in SCHEMA.iter_errors(merge(VALUES, values))] == [], name


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 3},
        {"responder": {"settings": {"writes": True}}},
        {"writers": {"kubernetes": {"enabled": True}}},
        {"writers": {"ssm": {"enabled": True}}},
        {"scaling": {"by": "keda"}},
        {"scaling": {"by": "memory"}},
        {"ingress": {"enabled": True}},
        {"backup": {"enabled": True}},
        {"backup": {"enabled": True, "to": "/a/folder/of/a/pod"}},
        {"tokens": {"reader": "a-token-in-the-values"}},
    ],
)
def test_the_schema_refuses_what_would_fail_or_open_more_than_it_says(values: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid(merge(VALUES, values))


def test_what_stands_under_settings_are_settings_of_the_responder() -> None:
    for name, values in GIVEN.items():
        settings = merge(VALUES, values)["responder"]["settings"]
        assert Settings.model_validate(settings).state.store == "dynamodb", name


def test_the_roles_are_those_that_are_applied_without_the_chart() -> None:
    for name in ("reader.yaml", "writer.yaml"):
        assert (CHART / "files" / name).read_text("utf-8") == (INFRA / "kubernetes" / name).read_text("utf-8")


def test_the_chart_has_the_version_of_the_package() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    project = tomllib.loads((INFRA.parent / "pyproject.toml").read_text("utf-8"))["project"]
    assert chart["version"] == chart["appVersion"] == project["version"]


def test_terraform_makes_a_backup_as_often_and_names_the_service_account_of_the_chart() -> None:
    terraform = INFRA / "terraform"
    schedule = (terraform / "modules" / "backup_task" / "variables.tf").read_text("utf-8")
    assert 'default     = "rate(30 minutes)"' in schedule
    account = VALUES["backup"]["serviceAccount"]["name"]
    assert f'service_account = "{account}"' in (terraform / "examples" / "large" / "main.tf").read_text("utf-8")


def test_a_backup_is_made_as_often_as_the_recovery_point_asks_for_however_it_is_installed() -> None:
    cron_jobs = yaml.safe_load_all((INFRA / "kubernetes/components/backup/cronjob.yaml").read_text("utf-8"))
    (schedule,) = {one["spec"]["schedule"] for one in cron_jobs if one["kind"] == "CronJob"}
    assert VALUES["backup"]["schedule"] == schedule == "*/30 * * * *"


def test_nothing_secret_has_a_place_in_the_chart() -> None:
    templates = "".join(file.read_text("utf-8") for file in sorted((CHART / "templates").iterdir()))
    assert "kind: Secret\n" not in templates and re.search(r"secretName: \{\{ \.Values\.tokens\.secret", templates)


def test_what_only_one_of_the_two_tools_adds_is_no_difference(overlay: str) -> None:
    every = list(yaml.safe_load_all(overlay))
    by_helm = copy.deepcopy(every)
    for one in by_helm:
        one["metadata"]["labels"] |= {"helm.sh/chart": "sre-agent-0.1.0"}
        if one["kind"] == "ConfigMap":
            one["metadata"]["name"] = "sre-agent-profile"
    assert list(differences(objects(yaml.safe_dump_all(by_helm)), objects(overlay))) == []


def test_an_object_that_is_missing_and_a_limit_that_is_another_are_named(overlay: str) -> None:
    chart, other = objects(overlay), objects(overlay)
    del chart["NetworkPolicy", "sre-agent", "servers"]
    container = chart["Deployment", "sre-agent", "responder"]["spec"]["template"]["spec"]["containers"][0]
    container["resources"]["limits"]["cpu"] = "3"
    assert list(differences(chart, other)) == [
        "Deployment/sre-agent/responder: spec.template.spec.containers[0].resources.limits.cpu "
        "is '3' in the chart and '2' in the overlay",
        "NetworkPolicy/sre-agent/servers: only the overlay has it",
    ]
