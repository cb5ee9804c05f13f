"""The responder and its servers on Kubernetes: applied as a person would, then used with their own tokens."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from sre_agent.settings import load
from tests.infra.iam import INFRA
from tests.lab_kubernetes.served_cluster import Front, Served, need_kubectl

KUBERNETES = INFRA / "kubernetes"
PATCH = {"content-type": "application/merge-patch+json"}
WEB = "/apis/apps/v1/namespaces/shop/deployments/web"
Obj = dict[str, Any]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A cluster with the overlay `writer`, which is all of it, and the rights that it names."""
    need_kubectl()
    front = Front(tmp_path_factory.mktemp("home"))
    server = front.cluster()
    server.put({"kind": "Namespace", "metadata": {"name": "kube-system"}})
    for arguments in (
        ("apply", "--namespace=", "-f", str(KUBERNETES / "reader.yaml")),
        ("apply", "-f", str(KUBERNETES / "writer.yaml")),
        ("apply", "--namespace=", "-k", str(KUBERNETES / "overlays" / "writer")),
    ):
        status, output = server.kubectl(*arguments)
        assert status == 0, output
    yield server
    front.close()


def token(cluster: Served, account: str) -> str:
    status, output = cluster.kubectl("create", "token", account, "--namespace=sre-agent")
    assert status == 0, output
    return output.strip()


def objects(cluster: Served, kind: str) -> dict[str, Obj]:
    stored_objects = cluster.on_loop(lambda: list(cluster.world.objects.all(kind, "sre-agent")))
    return {one["metadata"]["name"]: one for one in stored_objects}


def statuses(cluster: Served, account: str) -> dict[str, int]:
    """What the account is answered, by what it asks for."""
    headers = {"authorization": f"Bearer {token(cluster, account)}"}
    with httpx.Client(base_url=cluster.url, headers=headers) as client:
        labels, replicas = {"metadata": {"labels": {"tier": "web"}}}, {"spec": {"replicas": 2}}
        return {
            "read pods": client.get("/api/v1/pods").status_code,
            "read nodes": client.get("/api/v1/nodes").status_code,
            "read shop's pods": client.get("/api/v1/namespaces/shop/pods").status_code,
            "read shop's secrets": client.get("/api/v1/namespaces/shop/secrets").status_code,
            "change shop": client.patch(WEB, json=replicas, headers=PATCH).status_code,
            "delete in shop": client.delete(WEB).status_code,
            "change itself": client.patch(
                "/apis/apps/v1/namespaces/sre-agent/deployments/responder", json=labels, headers=PATCH
            ).status_code,
            "widen rights": client.patch(
                "/apis/rbac.authorization.k8s.io/v1/clusterroles/sre-agent-reader", json=labels, headers=PATCH
            ).status_code,
        }


def test_the_reader_reads_everything_and_changes_nothing(cluster: Served) -> None:
    may = {name for name, status in statuses(cluster, "sre-agent-reader").items() if status == 200}
    assert may == {"read pods", "read nodes", "read shop's pods", "read shop's secrets"}


def test_the_writer_changes_its_namespace_and_neither_reads_secrets_nor_reaches_beyond(cluster: Served) -> None:
    answers = statuses(cluster, "sre-agent-writer-kubernetes")
    assert {name for name, status in answers.items() if status == 200} == {"read shop's pods", "change shop"}
    assert set(answers.values()) == {200, 403}


@pytest.mark.parametrize("account", ["sre-agent-responder", "sre-agent-writer-grow"])
def test_who_needs_nothing_of_the_cluster_may_nothing_there(cluster: Served, account: str) -> None:
    assert set(statuses(cluster, account).values()) == {403}


def test_every_container_is_held_to_the_least(cluster: Served) -> None:
    deployments = objects(cluster, "Deployment")
    assert set(deployments) == {
        "responder", "kubernetes", "cloudwatch", "prometheus", "ssm", "kubernetes-writer", "ssm-writer",
    }  # fmt: skip
    for name, one in deployments.items():
        pod = one["spec"]["template"]["spec"]
        assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsNonRoot"]) == (10001, True), name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is (name in ("kubernetes", "kubernetes-writer")), name
        for container in pod["containers"]:
            limits = container["securityContext"]
            assert limits["readOnlyRootFilesystem"] and not limits["allowPrivilegeEscalation"], name
            assert limits["capabilities"] == {"drop": ["ALL"]} and container["resources"]["limits"], name
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), name
        assert name in objects(cluster, "PodDisruptionBudget") and name in objects(cluster, "Service")


def test_a_reading_server_holds_no_token_of_a_writer_and_only_writers_are_told_to_write(cluster: Served) -> None:
    for name, one in objects(cluster, "Deployment").items():
        pod = one["spec"]["template"]["spec"]
        if name != "responder":
            (secret,) = (volume["secret"] for volume in pod["volumes"] if "secret" in volume)
            kind = "writer" if name.endswith("-writer") else "reader"
            assert [item["key"] for item in secret["items"]] == [kind]
            assert ("--writes" in pod["containers"][0]["args"]) is (kind == "writer")


@pytest.mark.parametrize("profile", ["base", "overlays/writer"])
def test_the_responder_reaches_each_server_under_the_name_that_it_is_asked_by(cluster: Served, profile: str) -> None:
    settings = load(str(KUBERNETES / profile / "profile.toml"), environment={})
    services = objects(cluster, "Service")
    servers = settings.servers.remote_servers | {
        f"{name}-writer": one for name, one in settings.servers.remote_writers.items()
    }
    assert set(settings.servers.remote_servers) == {"kubernetes", "cloudwatch", "prometheus", "ssm"}
    assert settings.writing.writes is bool(settings.servers.remote_writers)
    for name, server in servers.items():
        host = f"{name}.sre-agent.svc:{services[name]['spec']['ports'][0]['port']}"
        assert server.url == f"http://{host}/mcp"
        arguments = objects(cluster, "Deployment")[name]["spec"]["template"]["spec"]["containers"][0]["args"]
        assert f"--allowed-host={host}" in arguments
        assert f"--cluster={settings.kubernetes.cluster}" in arguments or "--cluster=" not in " ".join(arguments)


def test_accounts_have_the_names_that_terraform_gives_roles_to(cluster: Served) -> None:
    large = INFRA / "terraform" / "examples" / "large"
    accounts_of_terraform = set(
        re.findall(r'service_account = "(sre-agent-\w+)"', (large / "main.tf").read_text("utf-8"))
    )
    remedies = re.findall(r"remedies += \{ (\w+) =", (large / "example.tfvars").read_text("utf-8"))
    backup = yaml.safe_load_all((KUBERNETES / "components" / "backup" / "cronjob.yaml").read_text("utf-8"))
    accounts = {*objects(cluster, "ServiceAccount"), *(one["metadata"]["name"] for one in backup)}
    assert accounts_of_terraform | {f"sre-agent-writer-{name}" for name in remedies} <= accounts


def test_the_queue_scales_in_place_of_the_cpu_and_never_beside_it() -> None:
    folder = KUBERNETES / "components" / "queue-scaling"
    (patch,) = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["patches"]
    removed = yaml.safe_load(patch["patch"])
    assert (removed["$patch"], removed["kind"], removed["metadata"]["name"]) == (
        "delete",
        "HorizontalPodAutoscaler",
        "responder",
    )


def test_the_component_backup_reads_the_profile_under_the_name_that_kustomize_gives_it(tmp_path: Path) -> None:
    need_kubectl()
    base, component = (os.path.relpath(KUBERNETES / name, tmp_path) for name in ("base", "components/backup"))
    images = [{"name": "sre-agent", "newName": "registry.example.org/agent", "newTag": "1"}]
    overlay = {"kind": "Kustomization", "resources": [base], "components": [component], "images": images}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
    done = subprocess.run(["kubectl", "kustomize", str(tmp_path)], check=True, capture_output=True, text=True)
    kinds = {one["kind"]: one for one in yaml.safe_load_all(done.stdout)}
    pod = kinds["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (profile,) = (volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume)
    assert profile == kinds["ConfigMap"]["metadata"]["name"] != "sre-agent-profile"
    assert pod["containers"][0]["image"] == "registry.example.org/agent:1"
