"""How the server becomes somebody: the service account of its pod, and an AWS identity that EKS knows."""

from __future__ import annotations

import argparse
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import boto3
import pytest
import yaml
from mcp import Client
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.connection.client import ClusterConnection, StatusError
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.connection.eks import EksCluster
from mcp_servers.kubernetes.connection.eks_access import EksAccess
from mcp_servers.kubernetes.server import build
from mcp_servers.kubernetes.snapshot.reading import read
from mcp_servers.serving.cancellation import on_thread
from mcp_servers.serving.errors import TeachingError
from sre_lab.aws import api as aws
from sre_lab.aws import eks, moto
from sre_lab.containers import kubelets
from sre_lab.facts import apply_manifests
from sre_lab.kubernetes import api
from sre_lab.world import World
from tests.server_aws.wire import serving_app
from tests.server_kubernetes.reading_lab import NOW, READ_ONLY, Asked, deployment, kubeconfig, made, usage, world_of
from tests.server_kubernetes.tls import certificate, served_by_tls

pytestmark = pytest.mark.anyio
REGION, CLUSTER, ACCOUNT = "eu-west-1", "shop-prod", "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sre-reader"
ACCOUNT_TOKEN = "system:serviceaccount:sre:agent"
RULES = [
    {"apiGroups": ["apps", "batch", "networking.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list"]},
]
VIEW = {"kind": "ClusterRole", "metadata": {"name": "seer"}, "rules": RULES}


class Tokens:
    """In front of the API: which bearer tokens came, each once, in order."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self.seen = app, list[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
        if token not in self.seen:
            self.seen.append(token)
        await self._app(scope, receive, send)


def binding(kind: str, name: str, **subject: str) -> dict[str, Any]:
    who = {"kind": kind, "name": name} | subject
    who |= {"apiGroup": "rbac.authorization.k8s.io"} if kind != "ServiceAccount" else {}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "seer"}
    return {"kind": "ClusterRoleBinding", "metadata": {"name": "agent"}, "roleRef": role, "subjects": [who]}


@pytest.fixture
def pod_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Tokens]]:
    """The folder that a kubelet would mount, and the API server that its certificate and token are good for."""
    world = world_of([deployment()])
    account = {"kind": "ServiceAccount", "metadata": {"name": "agent", "namespace": "sre"}}
    apply_manifests(world, [account, VIEW, binding("ServiceAccount", "agent", namespace="sre")])
    folder = tmp_path / "account"
    folder.mkdir()
    authority, key = certificate(folder)
    (folder / "token").write_text(f"{ACCOUNT_TOKEN}:{int(NOW) + 60}\n")
    app = Tokens(api.app(world, kubelets(usage)))
    with served_by_tls(app, authority, key) as port:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(port))
        monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
        yield folder, app


async def test_inside_a_cluster_the_service_account_reads_and_its_replaced_token_is_taken_up(
    pod_account: tuple[Path, Tokens],
) -> None:
    folder, app = pod_account
    with closing(Clusters(account=folder)) as clusters:
        async with Client(build(clusters, READ_ONLY).mcp) as client:
            ask = Asked(client)
            first = await ask("kubectl_get", kind="deployments", namespace="shop")
            new_token = f"{ACCOUNT_TOKEN}:{int(NOW) + 3600}"
            (folder / "token").write_text(new_token)
            await ask("kubectl_get", kind="deployments", namespace="shop")
            (folder / "token").unlink()  # as in the moment in which it is replaced
            last = await ask("kubectl_find", name="web")
            me = await ask("kubectl_can_i", verb="delete", resource="pods", namespace="shop")
    assert [item["name"] for item in first["data"]["items"]] == ["web"]
    assert app.seen == [f"{ACCOUNT_TOKEN}:{int(NOW) + 60}", new_token]
    assert last["data"]["scope"] == "in-cluster" and me["data"]["allowed"] is False


async def test_a_kubeconfig_that_was_named_and_is_not_there_is_no_reason_to_act_as_the_pod(
    pod_account: tuple[Path, Tokens], tmp_path: Path
) -> None:
    folder, app = pod_account
    with pytest.raises(TeachingError, match="no usable kubeconfig"):
        Clusters(kubeconfig=str(tmp_path / "none"), account=folder).of()
    assert app.seen == []


async def test_a_call_that_its_client_gave_up_asks_the_cluster_nothing_more(tmp_path: Path) -> None:
    arrival, answer, over = threading.Event(), threading.Event(), threading.Event()
    app = api.app(world_of([made("ConfigMap", f"settings-{x}") for x in range(700)]), kubelets(usage))  # two pages
    paths: list[str] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        paths.append(scope["path"])
        arrival.set()
        await anyio.to_thread.run_sync(answer.wait, 10)
        await app(scope, receive, send)

    with serving_app(slow) as url, kubeconfig(tmp_path, url) as path:
        clusters = Clusters(kubeconfig=str(path))

        def work() -> None:
            try:
                read(Api(clusters.of()), "shop", ["ConfigMap"])
            finally:
                over.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(on_thread, work)
            assert await anyio.to_thread.run_sync(arrival.wait, 10)
            tasks.cancel_scope.cancel()
        answer.set()
        assert await anyio.to_thread.run_sync(over.wait, 10)
    assert len(paths) == 1


class Amazon:
    """An AWS account with one EKS cluster, which lets in whoever assumed the role, for reading."""

    def __init__(self, world: World, url: str, tokens: Tokens) -> None:
        self.world, self.url, self.tokens = world, url, tokens
        self.seconds = 0.0

    def connection(self, role: str = ROLE, cluster: str = CLUSTER) -> ClusterConnection:
        return ClusterConnection(
            "prod", lambda: EksAccess(EksCluster("prod", REGION, cluster, role)).connect(lambda: self.seconds)
        )


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    moto.reset()
    world = world_of([deployment()])
    entry = {"rolearn": ROLE, "username": "aws:{{SessionName}}", "groups": ["readers"]}
    auth = {"kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}}
    apply_manifests(world, [auth | {"data": {"mapRoles": yaml.safe_dump([entry])}}, VIEW, binding("Group", "readers")])
    tokens = Tokens(api.app(world, kubelets(usage)))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "lab")
    with serving_app(aws.app(world)) as amazon, serving_app(tokens) as cluster:
        monkeypatch.setenv("AWS_ENDPOINT_URL", amazon)
        eks.served_at(world, cluster)
        yield Amazon(world, amazon, tokens)


async def test_an_eks_cluster_is_read_as_the_role_that_was_assumed_for_it(amazon: Amazon) -> None:
    clusters = Clusters(eks=[EksCluster.parse(f"prod={REGION}/{CLUSTER},role={ROLE}")])
    async with Client(build(clusters, READ_ONLY).mcp) as client:
        ask = Asked(client)
        answer = await ask("kubectl_find", name="web")
        refused = await ask.refusal("kubectl_get", kind="secrets", namespace="shop")
    assert answer["data"]["scope"] == "prod" and answer["data"]["matches"][0]["name"] == "web"
    assert "[denied]" in refused and 'User "aws:sre-agent" cannot list resource "secrets"' in refused


async def test_two_eks_clusters_are_named_by_what_they_were_given_as(amazon: Amazon) -> None:
    clusters = [EksCluster.parse(f"{name}={REGION}/{CLUSTER},role={ROLE}") for name in ("blue", "green")]
    async with Client(build(Clusters(eks=clusters), READ_ONLY).mcp) as client:
        ask = Asked(client)
        scopes = [(await ask("kubectl_find", name="web", cluster=name))["data"]["scope"] for name in ("green", "")]
    assert scopes == ["green", "blue"]


def test_an_eks_token_is_a_signed_question_to_sts_that_names_the_cluster_and_holds_for_a_minute(amazon: Amazon) -> None:
    token = EksAccess(EksCluster("prod", REGION, CLUSTER, ROLE)).token()
    head, _, body = token.partition(".")
    address = urlsplit(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode())
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert head == "k8s-aws-v1" and "=" not in body
    assert (query["Action"], query["Version"], query["X-Amz-Expires"]) == ("GetCallerIdentity", "2011-06-15", "60")
    assert query["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert query["X-Amz-Credential"].split("/")[2:] == [REGION, "sts", "aws4_request"]
    assert query["X-Amz-Security-Token"] and query["X-Amz-Signature"]


def test_an_eks_token_is_renewed_before_it_is_fourteen_minutes_old(amazon: Amazon) -> None:
    cluster = amazon.connection()
    for minute in (0, 12, 14, 20, 28):
        amazon.seconds = minute * 60.0
        cluster.get("/api/v1/namespaces/shop/pods")
    assert len(amazon.tokens.seen) == 3


def test_an_identity_that_the_cluster_does_not_know_is_not_let_in(amazon: Amazon) -> None:
    for cluster in (amazon.connection(role=""), amazon.connection(role=ROLE.replace("reader", "stranger"))):
        with pytest.raises(StatusError) as problem:
            cluster.get("/api/v1/namespaces/shop/pods")
        assert problem.value.status == 401


def test_an_eks_cluster_that_is_not_there_is_an_error_that_names_it(amazon: Amazon) -> None:
    with pytest.raises(TeachingError, match=r"\[not_found\] EKS cluster shop-test in eu-west-1"):
        amazon.connection(cluster="shop-test").now()


def test_the_authority_of_an_eks_cluster_is_the_only_one_that_is_trusted(
    amazon: Amazon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    authority, key = certificate(tmp_path)
    other, _ = certificate(tmp_path / "other")
    description: dict[str, Any] = {}

    async def described(scope: Scope, receive: Receive, send: Send) -> None:
        body = json.dumps({"cluster": description}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    with served_by_tls(amazon.tokens, authority, key) as port, serving_app(described) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EKS", url)
        description |= {"endpoint": f"https://127.0.0.1:{port}", "status": "ACTIVE"}
        for ca_file, answers in ((authority, True), (other, False)):
            description["certificateAuthority"] = {"data": base64.b64encode(ca_file.read_bytes()).decode()}
            cluster = amazon.connection()
            if answers:
                with closing(cluster):
                    assert cluster.get("/version").body["gitVersion"]
            else:
                with pytest.raises(TeachingError, match=r"the certificate of the API server .* is not trusted"):
                    cluster.get("/version")


def test_the_lab_lists_its_cluster_and_knows_no_other_operation_of_eks(amazon: Amazon) -> None:
    client = boto3.client("eks", region_name=REGION)
    assert client.list_clusters()["clusters"] == [CLUSTER]
    with pytest.raises(client.exceptions.ClientError, match="does not implement EKS"):
        client.list_addons(clusterName=CLUSTER)


@pytest.mark.parametrize(
    "text", ["prod", "prod=eu-west-1", "=eu-west-1/shop", "prod=eu-west-1/shop,rle=x", "prod=r/c,x"]
)
def test_an_eks_option_of_another_form_is_an_error_that_shows_the_form(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"NAME=REGION/CLUSTER\[,role=ARN\]"):
        EksCluster.parse(text)
