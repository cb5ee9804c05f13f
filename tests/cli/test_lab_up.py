"""`sre-agent lab up`: kubectl and the official Python client against it, unchanged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from tests.cli.test_cli import COMMAND

KUBECTL = shutil.which("kubectl")
needs_kubectl = pytest.mark.skipif(
    KUBECTL is None and not os.environ.get("CI"), reason="there is no kubectl here; in CI this is an error"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("lab")
    running = subprocess.Popen(
        [*COMMAND, "lab", "up", "payday-evening", "--folder", str(folder), "--json"],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        text=True,
    )
    assert running.stdout is not None
    try:
        yield json.loads(running.stdout.readline())
    finally:
        running.terminate()
        running.wait(10)
        running.stdout.close()


def kubectl(lab: dict[str, Any], *words: str) -> str:
    assert KUBECTL is not None
    environment = {
        "KUBECONFIG": lab["kubeconfig"],
        "HOME": str(Path(lab["kubeconfig"]).parent),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run([KUBECTL, *words], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stderr}"
    return done.stdout


@needs_kubectl
def test_kubectl_reads_the_broken_workload_and_takes_the_release_back(lab: dict[str, Any]) -> None:
    assert "payments-api" in kubectl(lab, "get", "deployments,pods", "-n", "shop", "-o", "wide")
    assert "Back-off restarting failed container" in kubectl(
        lab, "describe", "pods", "-n", "shop", "-l", "app=payments-api"
    )
    assert "unsupported ledger schema" in kubectl(lab, "logs", "-n", "shop", "deploy/payments-api", "--previous")
    assert "BackOff" in kubectl(lab, "events", "-n", "shop", "--types=Warning")
    assert "storefront" in kubectl(lab, "top", "pods", "-n", "shop")
    assert "release 1.9.0" in kubectl(lab, "rollout", "history", "deploy/payments-api", "-n", "shop")
    kubectl(lab, "rollout", "undo", "deploy/payments-api", "-n", "shop")
    assert "successfully rolled out" in kubectl(
        lab, "rollout", "status", "deploy/payments-api", "-n", "shop", "--timeout=50s"
    )


@needs_kubectl
def test_kubectl_writes_in_its_usual_ways(lab: dict[str, Any]) -> None:
    shop = ("-n", "shop")
    kubectl(lab, "scale", "deploy/storefront", "--replicas=3", *shop)
    kubectl(lab, "wait", "deploy/storefront", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=50s", *shop)
    kubectl(lab, "set", "resources", "deploy/storefront", "--limits=memory=300Mi", *shop)
    kubectl(lab, "set", "env", "deploy/storefront", "MODE=calm", *shop)
    kubectl(
        lab, "patch", "service", "storefront", "--type=merge", "-p", '{"metadata":{"labels":{"seen":"yes"}}}', *shop
    )
    assert kubectl(lab, "get", "service", "storefront", "-o", "jsonpath={.metadata.labels.seen}", *shop) == "yes"
    pod = kubectl(lab, "get", "pods", "-l", "app=storefront", "-o", "jsonpath={.items[0].metadata.name}", *shop)
    assert "deleted" in kubectl(lab, "delete", "pod", pod, "--grace-period=1", *shop)


def test_the_official_python_client_lists_watches_and_patches(lab: dict[str, Any]) -> None:
    with config.new_client_from_config(lab["kubeconfig"]) as api:
        apps = client.AppsV1Api(api)
        names = {d.metadata.name for d in apps.list_namespaced_deployment("shop").items}
        assert names == {"payments-api", "storefront"}
        deployment = apps.patch_namespaced_deployment(
            "storefront", "shop", {"metadata": {"annotations": {"note": "seen"}}}
        )
        assert deployment.metadata.annotations["note"] == "seen"


def test_the_command_prints_where_everything_is(lab: dict[str, Any]) -> None:
    assert set(lab) >= {"kubeconfig", "aws", "region", "prometheus", "xray", "control"}
