"""What the runbook has somebody type with helm is carried out by Helm's own library, on a cluster with controllers.

It is in the environment of `make infra-check`; without that nothing is run here, and values are checked all the same.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sre_lab.process import start_lab
from tests.infra.test_operators_runbook import BY_THE_CHECK, CHART, ROOT, commands, fill_in
from tests.lab_kubernetes.served_cluster import need_kubectl

PYTHON = ROOT / ".venv-infra" / "bin" / "python"
SECRETS = {"sre-agent-tokens": "reader", "sre-agent-backup": "passphrase"}  # which the chart's pods mount


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[str]:
    need_kubectl()
    if not PYTHON.exists():
        pytest.skip("Helm's library is in .venv-infra, which make infra-check sets up")
    with start_lab("payday-evening", follow_wall=True, folder=tmp_path) as lab:
        yield str(lab.endpoints.kubeconfig)


def kubectl(kubeconfig: str, *words: str) -> str:
    command = ["kubectl", f"--kubeconfig={kubeconfig}", *words, "--namespace=sre-agent"]
    home = str(Path(kubeconfig).parent)  # where it keeps what it learns of an API
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "HOME": home}, timeout=60
    ).stdout


def test_every_helm_command_of_the_runbook_is_carried_out(kubeconfig: str) -> None:
    kubectl(kubeconfig, "create", "namespace", "sre-agent")
    kubectl(kubeconfig, "create", "configmap", "sre-agent-environment", "--from-literal=A=b")
    for secret, key in SECRETS.items():
        kubectl(kubeconfig, "create", "secret", "generic", secret, f"--from-literal={key}=made-up")
    lines = [[fill_in(word, {"VERSION": "0.2.0"}) for word in words] for words in commands(BY_THE_CHECK, "helm")]
    done = subprocess.run(
        [str(PYTHON), "-m", "infra.checks.release", kubeconfig, str(CHART)],
        input="".join(f"{json.dumps(words)}\n" for words in lines),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["words"] for one in answers if "answer" in one] == lines, done.stdout + done.stderr
    upgrade, history, rolled_back, scaling, backed_up = (one["answer"] for one in answers)
    assert upgrade == {"revision": 2, "status": "deployed"} and rolled_back == {}
    assert [one["status"] for one in history] == ["superseded", "deployed"]
    assert (scaling["revision"], backed_up["revision"]) == (4, 5)
    (responder,) = json.loads(kubectl(kubeconfig, "get", "hpa", "-o", "json"))["items"]
    assert (responder["spec"]["minReplicas"], responder["spec"]["maxReplicas"]) == (4, 20)
    (backup,) = json.loads(kubectl(kubeconfig, "get", "cronjobs", "-o", "json"))["items"]
    (container,) = backup["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert "s3://YOUR-BACKUPS/sre-agent" in container["args"], "and the version is that of before the update"
    assert "0.2.0" not in container["image"]
