"""`sre-agent doctor` asks what a run needs as a run asks it, and says what to do about what is missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from sre_agent.cli import checkup, checkup_local, checkup_rows
from sre_agent.cli import doctor as verb
from sre_agent.cli.checkup_rows import READ_RIGHTS, CheckupRow
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.main import app
from sre_agent.cli.options import options_of
from sre_agent.clock import SystemClock
from sre_agent.settings import ServiceSettings, Settings, TracingSettings, load
from sre_lab.process import LabProcess
from sre_lab.remote_clock import LabClock
from tests.cli.kubeconfigs import kubeconfig
from tests.collectors import otlp_collector
from tests.labs import standing_lab

OPTIONS = options_of(verb.doctor)
NOT_OF_KUBERNETES = {  # groups that a cluster may be without
    *("metrics.k8s.io", "cert-manager.io", "velero.io", "snapshot.storage.k8s.io", "aquasecurity.github.io"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with standing_lab("payday-evening", tmp_path_factory.mktemp("lab")) as running:
        yield running


def rows(settings: Settings) -> dict[str, CheckupRow]:
    return {row.what: row for row in asyncio.run(checkup.check(settings, OPTIONS))}


def doctor(lab: LabProcess, *words: str) -> Any:
    ends = lab.endpoints
    where = ["--kubeconfig", str(ends.kubeconfig), "--aws-endpoint-url", ends.aws, "--aws-region", ends.region]
    return CliRunner().invoke(app, ["doctor", *where, *words], env={"COLUMNS": "80"})


def test_what_works_is_said_and_nothing_is_left_behind(
    lab: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, clock = tmp_path / "state", LabClock(lab.control)
    monkeypatch.setattr(SystemClock, "now", lambda self: clock.now())
    done = doctor(lab, "--prometheus-url", lab.endpoints.prometheus, "--state-dir", str(state), "--json")
    checks = {row["what"]: row for row in json.loads(done.stdout)}
    names = {
        "kubeconfig",
        "cluster",
        "read permissions",
        "CloudWatch",
        "CloudWatch Logs",
        "Systems Manager",
        "Prometheus",
        "clock",
    }
    assert names | {"settings", "state folder", "AWS", "traces", "writes", "model", "port"} <= set(checks)
    assert {checks[what]["state"] for what in names} == {"ok"}, checks
    assert all(row["asked"] and row["came"] for row in checks.values())
    assert "runs v1." in checks["cluster"]["came"]
    assert done.exit_code == 0 and not state.exists()


def test_the_table_says_it_in_words(lab: LabProcess, tmp_path: Path) -> None:
    done = doctor(lab, "--prometheus-url", "http://127.0.0.1:9", "--state-dir", str(tmp_path / "state"))
    assert done.exit_code == 1, done.stdout
    assert "Prometheus" in done.stdout and "failed" in done.stdout and "--prometheus-url" in done.stdout


def test_a_cluster_that_does_not_answer_fails_and_what_is_not_set_up_does_not(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path)
    checks = rows(load(kubeconfig=str(file), state_dir=tmp_path / "state"))
    assert checks["kubeconfig"].state == "ok" and checks["cluster"].state == "failed" and checks["cluster"].do
    assert checks["Prometheus"].state == "absent" and "--prometheus-url" in checks["Prometheus"].result
    assert checkup.fails(list(checks.values()))


def test_a_clock_that_is_off_is_told_with_what_it_costs() -> None:
    near, off, refused = (checkup_rows._clock("AWS", seconds) for seconds in (-20, 90, -400))
    assert (near.state, off.state, refused.state) == ("ok", "note", "failed")
    assert off.result == "this machine's is 90 s behind" and "NTP" in refused.do


def test_a_collector_is_asked_to_take_spans_and_a_port_whether_it_is_free() -> None:
    with otlp_collector() as (endpoint, _):
        for address, state in ((endpoint, "ok"), (endpoint.replace("/v1/traces", "") + ".nowhere", "failed")):
            tracing = TracingSettings(trace="otlp", otlp_endpoint=address)
            assert checkup_local.traces_row(tracing, OPTIONS).state == state, address
        service = ServiceSettings(listen_port=int(endpoint.split(":")[2].split("/")[0]))
        assert checkup_local.port_row(service, OPTIONS).state == "note"
    assert checkup_local.port_row(service, OPTIONS).state == "ok"
    assert checkup_local.traces_row(TracingSettings(trace="none"), OPTIONS).state == "absent"


def test_rights_that_are_missing_are_named(lab: LabProcess, tmp_path: Path) -> None:
    world = {
        "schema": "sre-world/1",
        "clock": "2026-03-04T10:00:00Z",
        "k8s": {
            "objects": [],
            "deny": [{"verb": "list", "resource": "secrets", "scope": "cluster", "message": "secrets is forbidden"}],
        },
    }
    file = tmp_path / "world.json"
    file.write_text(json.dumps(world), encoding="utf-8")
    with standing_lab(file, tmp_path / "lab") as denying:
        checks = rows(lab_settings(denying, tmp_path / "state"))
    assert checks["read permissions"].state == "failed", checks["read permissions"]
    assert "list secrets" in checks["read permissions"].result and "reader.yaml" in checks["read permissions"].do


def test_the_rights_that_are_checked_are_those_of_the_shipped_role_but_for_the_kinds_of_operators() -> None:
    file = Path(__file__).parents[2] / "infra/kubernetes/reader.yaml"
    role = next(one for one in yaml.safe_load_all(file.read_text(encoding="utf-8")) if one["kind"] == "ClusterRole")
    resources = {
        resource
        for rule in role["rules"]
        for resource in rule["resources"]
        if "list" in rule["verbs"] and not {*rule["apiGroups"]} & NOT_OF_KUBERNETES
    }
    assert {resource for _, resource in READ_RIGHTS} == resources


def test_remedies_on_aws_are_said_to_be_possible_where_a_runbook_that_may_be_started_does_them(tmp_path: Path) -> None:
    with standing_lab("rent-roll", tmp_path / "lab") as running:
        settings = lab_settings(running, tmp_path / "state")
        every = rows(settings)["remedies on AWS"]
        one = rows(settings.model_copy(update={"allow_documents": ("SreAgent-Raise*",)}))["remedies on AWS"]
    assert "fail_over_database (SreAgent-FailOverDatabase)" in every.result
    assert every.state == one.state == "note" and one.do
    possible, _, missing = one.result.partition("; no runbook for: ")
    assert possible == "possible: raise_database_storage (SreAgent-RaiseDatabaseStorage)"
    assert {"fail_over_database (database_degraded)", "reboot_node (node_not_ready)"} <= set(missing.split(", "))


def test_a_writing_identity_is_checked_for_what_it_would_write(lab: LabProcess, tmp_path: Path) -> None:
    settings = lab_settings(lab, tmp_path / "state")
    checks = rows(settings)
    assert checks["write permissions"].state == "ok" and checks["write permissions for nodes"].state == "ok"
    nothing = settings.model_copy(update={"allow_namespaces": (), "allow_nodes": (), "allow_documents": ()})
    check = rows(nothing)["writes"]
    assert check.state == "failed" and check.do
