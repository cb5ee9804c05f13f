"""What Prometheus and Grafana ask of the responder exists, and what an alert tells a person to run does too."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess

import pytest
import yaml
from prometheus_client import generate_latest

from sre_agent.http.metrics import RUN_BUCKETS, ServiceMetrics
from sre_agent.settings import OperationsSettings
from sre_lab.prometheus.promql.parser import parse
from tests.infra.iam import INFRA
from tests.packaging.test_readme import wrong

FILES = ("alerts.yml", "slo.yml")
RULES = [
    group for file in FILES for group in yaml.safe_load((INFRA / "prometheus" / file).read_text("utf-8"))["groups"]
]
DASHBOARD = json.loads((INFRA / "grafana" / "dashboards" / "sre-agent.json").read_text("utf-8"))
COMPOSE = yaml.safe_load((INFRA.parent / "compose.yaml").read_text("utf-8"))
OURS = re.compile(r"\b(?:agent_|active_agents|llm_)\w*")
SERIES = re.compile(r"^# TYPE (\S+) (\w+)$", re.MULTILINE)
ALERTS = [rule for group in RULES for rule in group["rules"] if "alert" in rule]
RECORDS = [rule for group in RULES for rule in group["rules"] if "record" in rule]
RECORDED = re.compile(r"\bsre_agent:[\w:]+")


def metric_names() -> set[str]:
    """The names under which the series stand in /metrics."""
    names: set[str] = set()
    for name, kind in SERIES.findall(generate_latest(ServiceMetrics().registry).decode()):
        names |= {name} if kind != "histogram" else {f"{name}_bucket", f"{name}_count", f"{name}_sum"}
    return names


def expressions() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*panels, *(rule["expr"] for rule in (*ALERTS, *RECORDS))]


def test_every_figure_that_is_asked_for_is_one_that_the_service_tells() -> None:
    asked_for = {name for text in expressions() for name in OURS.findall(text)}
    assert asked_for <= metric_names(), asked_for - metric_names()
    assert len(asked_for) >= 12


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_bad_it_is_what_it_means_and_what_to_do(rule: dict[str, object]) -> None:
    notes = rule["annotations"]
    assert isinstance(notes, dict) and isinstance(rule["labels"], dict)
    assert rule["for"] and rule["labels"]["severity"] in ("critical", "warning", "info")
    assert notes["summary"] and notes["description"].endswith(".")
    for command in re.findall(r"`([^`]+)`", notes["description"]):
        assert wrong(shlex.split(command)) == "", command


def test_objectives_are_recorded_in_promql_and_held_against_what_the_settings_promise() -> None:
    for rule in (*RECORDS, *ALERTS):
        parse(rule["expr"])
    needed = {name for rule in ALERTS for name in RECORDED.findall(rule["expr"])}
    assert needed <= {rule["record"] for rule in RECORDS}
    objectives = OperationsSettings()
    text = " ".join(rule["expr"] for rule in (*ALERTS, *RECORDS))
    for objective in (objectives.slo_accepted_alarms, objectives.slo_diagnosis_in_time, objectives.slo_right_verdicts):
        assert f"(1 - {objective:g})" in text
    assert f'le="{objectives.slo_diagnosis_seconds:.1f}"' in text and objectives.slo_diagnosis_seconds in RUN_BUCKETS


def test_a_backup_is_old_at_one_age_for_prometheus_for_cloudwatch_and_for_the_daily_checks() -> None:
    seconds = OperationsSettings().backup_max_age_hours * 3600
    (rule,) = (rule for rule in ALERTS if rule["alert"] == "SreAgentBackupOld")
    assert rule["expr"] == f"agent_backup_age_seconds > {seconds:g}"
    alarms = yaml.safe_load((INFRA / "terraform" / "modules" / "monitoring" / "always.yaml").read_text("utf-8"))
    assert (alarms["backup-age"]["metric"], alarms["backup-age"]["threshold"]) == ("agent_backup_age_seconds", seconds)
    collector = INFRA / "terraform" / "modules" / "service_ecs" / "files" / "collector.yaml"
    assert "- ^agent_backup_age_seconds$" in collector.read_text("utf-8"), "or there is nothing to alarm about"


def test_prometheus_loads_every_file_of_rules() -> None:
    config = yaml.safe_load((INFRA / "prometheus" / "prometheus.yml").read_text("utf-8"))
    assert config["rule_files"] == list(FILES)


@pytest.mark.parametrize(
    "words",
    [("check", "rules", *FILES), ("test", "rules", "alerts_test.yml")],
    ids=lambda words: " ".join(words[:2]),
)
def test_prometheus_itself_takes_the_rules_and_they_fire_when_they_should(words: tuple[str, ...]) -> None:
    """By promtool, which comes with Prometheus; the lab's own parser reads the rules in any case."""
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("promtool is not on the PATH (Debian's package prometheus has it)")
    done = subprocess.run(
        [promtool, *words], cwd=INFRA / "prometheus", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_dashboard_has_one_data_source_and_no_two_panels_on_one_place() -> None:
    panels = DASHBOARD["panels"]
    assert {panel["datasource"]["uid"] for panel in panels} == {"prometheus"}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_the_composed_services_are_of_this_machine_alone_and_may_do_little() -> None:
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"], name
        assert service["mem_limit"] and not service["image"].endswith(":latest"), name
        assert "privileged" not in service and "network_mode" not in service, name
    assert wrong(["sre-agent", *COMPOSE["services"]["responder"]["command"]]) == ""
