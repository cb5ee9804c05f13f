"""`sre-agent sweep`: causes with their symptoms, what is new, and what could not be seen."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner

from sre_agent.cli.main import app
from sre_lab.process import LabProcess
from tests.cli.test_cli import sre_agent
from tests.ground import servers_within
from tests.infra.iam import INFRA
from tests.labs import standing_lab

PRICING = "Deployment/tolling/pricing"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with standing_lab("toll-gate", tmp_path_factory.mktemp("lab")) as running:
        running.control.advance(120)
        yield running


def sweep(lab: LabProcess, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    ends = lab.endpoints
    aws = ("--aws-endpoint-url", ends.aws, "--aws-region", ends.region)
    return sre_agent("sweep", *words, "--kubeconfig", str(ends.kubeconfig), *aws, cwd=cwd)


def sweep_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode in (0, 3, 5), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def wrong(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [one for one in sweep_of(done)["troubles"] if one["severity"] != "SEV4"]


def test_a_failure_is_one_cause_with_its_symptoms_and_known_the_next_time(lab: LabProcess, tmp_path: Path) -> None:
    first = sweep(lab, tmp_path, "--json")
    (trouble,) = wrong(first)
    assert first.returncode == 3
    assert trouble["failure_class"] == "crash_loop"
    assert trouble["subject"].endswith(PRICING)
    assert f"workload.unavailable {PRICING}" in trouble["symptoms"]
    assert any("Service/tolling/pricing" in symptom for symptom in trouble["symptoms"])
    assert trouble["new"] and trouble["evidence"]
    (again,) = wrong(sweep(lab, tmp_path, "--json"))
    assert not again["new"]
    result = sweep(lab, tmp_path, "tolling")
    assert PRICING in result.stdout and "\x1b[" not in result.stdout


def test_a_namespace_is_healthy_as_far_as_can_be_seen_while_an_alarm_that_names_none_fires(
    lab: LabProcess, tmp_path: Path
) -> None:
    done = sweep(lab, tmp_path, "kube-system", "--json")
    assert (done.returncode, wrong(done)) == (5, [])
    assert "tolling-pricing-errors is firing" in sweep_of(done)["gaps"][0]


def test_unwise_things_are_told_only_when_asked_for(lab: LabProcess, tmp_path: Path) -> None:
    assert sweep_of(sweep(lab, tmp_path, "tolling", "--json"))["hygiene"] == []
    assert sweep_of(sweep(lab, tmp_path, "tolling", "--json", "--hygiene"))["hygiene"]


def test_a_namespace_that_is_not_there_and_a_cluster_that_does_not_answer_are_said_plainly(
    lab: LabProcess, tmp_path: Path
) -> None:
    wrong = sweep(lab, tmp_path, "toling")
    assert wrong.returncode == 1 and "tolling" in wrong.stderr
    nobody = tmp_path / "nobody"
    nobody.write_text(lab.endpoints.kubeconfig.read_text().replace("127.0.0.1", "127.0.0.9"))
    silent = sre_agent("sweep", "--kubeconfig", str(nobody), cwd=tmp_path)
    assert silent.returncode == 1 and "could not be read" in silent.stderr
    assert "Traceback" not in wrong.stderr + silent.stderr


def test_of_several_clusters_one_that_does_not_answer_stands_beside_the_others(
    lab: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig, dead_cluster = lab.endpoints.kubeconfig, tmp_path / "broken"
    dead_cluster.write_text(kubeconfig.read_text().replace("127.0.0.1", "127.0.0.9"))
    entries = {"alpi": dead_cluster, "milan": kubeconfig}
    table = "".join(
        f'[clusters.{name}]\nkubeconfig = "{path}"\nkube_context = "motorway"\n' for name, path in entries.items()
    )
    (tmp_path / "profile.toml").write_text(f'state_dir = "{tmp_path}"\n{table}')
    monkeypatch.setenv("AWS_ENDPOINT_URL", lab.endpoints.aws)
    monkeypatch.setenv("AWS_REGION", lab.endpoints.region)
    with servers_within():
        words = ["sweep", "--all-clusters", "--profile", str(tmp_path / "profile.toml"), "--format", "junit"]
        done = CliRunner().invoke(app, words)
    assert done.exit_code == 3, done.output
    alpi, milan = ElementTree.fromstring(done.stdout).findall("testsuite")
    (skipped,) = alpi.iter("skipped")
    assert "127.0.0.9" in str(skipped.get("message")) and "1 trouble" not in done.stdout
    assert [one.get("type") for one in milan.iter("failure")] == ["SEV2"]
    assert not (tmp_path / "sweeps" / "alpi--all.json").exists(), "it is nothing to compare the next sweep with"


def test_the_cronjob_sweeps_with_the_reader_s_rights_and_compares_with_what_its_volume_keeps(
    lab: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = {one["kind"]: one for one in yaml.safe_load_all((INFRA / "kubernetes" / "sweep.yaml").read_text())}
    job = objects["CronJob"]["spec"]
    pod = job["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    reader = [one["metadata"]["name"] for one in yaml.safe_load_all((INFRA / "kubernetes" / "reader.yaml").read_text())]
    assert objects["ClusterRoleBinding"]["roleRef"]["name"] in reader
    assert objects["ClusterRoleBinding"]["subjects"][0]["name"] == pod["serviceAccountName"]
    assert (job["concurrencyPolicy"], job["jobTemplate"]["spec"]["backoffLimit"]) == ("Forbid", 0)
    claims = {one["name"]: one.get("persistentVolumeClaim") for one in pod["volumes"]}
    places = {one["name"]: one["value"] for one in container["env"]}
    mounts = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
    claim = claims[mounts[places["SRE_AGENT_STATE_DIR"]]]
    assert claim == {"claimName": objects["PersistentVolumeClaim"]["metadata"]["name"]}

    variables = {"SRE_AGENT_STATE_DIR": str(tmp_path), "AWS_ENDPOINT_URL": lab.endpoints.aws}
    for name, value in {**places, **variables}.items():
        monkeypatch.setenv(name, value)
    with servers_within():
        words = [*container["args"], "--kubeconfig", str(lab.endpoints.kubeconfig)]
        first, second = [CliRunner().invoke(app, words) for _ in range(2)]
    assert (first.exit_code, second.exit_code) == (3, 3), (first.output, first.exception)
    assert f"| new | SEV2 | {PRICING} |" in first.stdout
    assert "**Known**" in second.stdout and "| new |" not in second.stdout
