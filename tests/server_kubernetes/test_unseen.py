"""What a triage could not see comes first, and what was not looked at is never called healthy."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from mcp import Client
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.connection import client as reading
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build
from mcp_servers.kubernetes.snapshot.reading import compact
from sre_agent.domain.base import IncidentId
from sre_agent.domain.sweep import Sweep
from sre_lab.containers import kubelets
from sre_lab.kubernetes import api
from sre_lab.world import RecordedRefusal
from tests.server_aws.wire import serving_app
from tests.server_kubernetes.reading_lab import (
    NOW,
    READ_ONLY,
    Asked,
    Obj,
    ago,
    deployment,
    kubeconfig,
    made,
    pod,
    replica_set,
    usage,
    waiting,
    world_of,
)

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def before(app: ASGIApp, folder: Path) -> AsyncIterator[Asked]:
    with serving_app(app) as url, kubeconfig(folder, url) as path:
        async with Client(build(Clusters(kubeconfig=str(path)), READ_ONLY).mcp) as client:
            yield Asked(client)


def only_pods(*objects: Obj) -> ASGIApp:
    """The cluster as an account sees it that may list pods and nothing else."""
    world = world_of(list(objects))
    for plural in _PLURALS:
        world.refusals.append(RecordedRefusal("list", plural, "*", ""))
    return api.app(world, kubelets(usage))


_PLURALS = (
    *("events", "replicasets", "deployments", "statefulsets", "daemonsets", "jobs", "cronjobs", "services"),
    *("endpoints", "ingresses", "networkpolicies", "horizontalpodautoscalers", "poddisruptionbudgets", "configmaps"),
    *("secrets", "serviceaccounts", "persistentvolumeclaims", "resourcequotas", "roles", "rolebindings", "nodes"),
    *("namespaces", "persistentvolumes", "storageclasses", "ingressclasses", "priorityclasses", "runtimeclasses"),
    *("clusterroles", "clusterrolebindings", "validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
)


async def test_who_may_only_list_pods_is_told_first_what_was_not_seen(tmp_path: Path) -> None:
    async with before(only_pods(pod()), tmp_path) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    head = answer["text"].split("In what was read:")[0]
    assert "not everything could be read" in head and "deployments" in head and "events" in head and "denied" in head
    assert "nothing unhealthy" not in head and "Looked at: ." not in answer["text"]
    gaps = [c for c in answer["coverage"] if c["state"] == "denied"]
    assert len(gaps) < 5 and sum(len(c["looked_at"].split(",")) for c in gaps) == len(_PLURALS)


async def test_an_empty_namespace_of_which_most_was_not_seen_is_not_called_well(tmp_path: Path) -> None:
    elsewhere = pod()
    elsewhere["metadata"]["namespace"] = "other"
    async with before(only_pods(elsewhere), tmp_path) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
    assert "nothing unhealthy" not in answer["text"] and "no objects to judge" in answer["text"]


def test_gaps_of_one_reason_are_one_gap() -> None:
    refused = 'User "u" cannot list resource "{0}" in API group "" in the namespace "shop"'
    gaps = [
        Coverage(
            looked_at=f"{kind} of namespace shop", state="denied",
            detail=f"[denied] list {kind} of namespace shop: {kind} is forbidden: {refused.format(kind)}",
        )
        for kind in ("events", "services")
    ]  # fmt: skip
    (one,) = compact(gaps)
    assert one.looked_at == "events, services of namespace shop" and 'User "u" cannot list them' in one.detail


def swept(*gaps: str, looked_at: str = "1 Pod") -> Sweep:
    at = datetime.fromtimestamp(NOW, UTC)
    return Sweep(id=IncidentId("s"), namespace="shop", taken_at=at, gaps=list(gaps), looked_at=looked_at)


def test_the_headline_of_a_sweep_says_healthy_only_of_what_was_seen() -> None:
    assert swept().statement == "Namespace shop is healthy: 1 Pod."
    blind = swept("events, services of namespace shop: denied. User u may not.")
    assert blind.statement.startswith("Namespace shop is healthy as far as could be checked: 1 Pod.")
    assert "Not checked: events, services of namespace shop: denied." in blind.statement
    nothing = swept("pods of namespace shop: denied. No.", looked_at="")
    assert "healthy" not in nothing.statement


def silent(app: ASGIApp, kinds: tuple[str, ...], requests: Counter[str], over: threading.Event) -> ASGIApp:
    """An API server that gives no answer to questions for these kinds until it is `over`; no kind: for any."""

    async def serving(scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["path"].rpartition("/")[2]
        requests[kind] += 1
        if scope["type"] == "http" and (not kinds or kind in kinds):
            await anyio.to_thread.run_sync(over.wait, 10)
        await app(scope, receive, send)

    return serving


async def test_what_an_api_server_gives_no_answer_to_is_a_gap_beside_what_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_SECONDS", 1.0)
    requests, over = Counter[str](), threading.Event()
    looping = pod(state=waiting("CrashLoopBackOff"), restarts=7)
    app = api.app(world_of([deployment(ready=0), replica_set("6d4f7", 1, 3600), looping]), kubelets(usage))
    async with before(silent(app, ("secrets",), requests, over), tmp_path) as ask:
        answer = await ask("kubectl_triage", namespace="shop")
        over.set()
    assert answer["data"]["groups"][0]["subject"] == "Deployment/shop/web"
    (gap,) = [c for c in answer["coverage"] if c["state"] == "unavailable"]
    assert gap["looked_at"] == "secrets of namespace shop" and "did not answer in time" in gap["detail"]
    assert requests["secrets"] == 1


async def test_an_api_server_that_never_answers_is_asked_each_thing_once_and_not_for_all_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_SECONDS", 0.5)
    monkeypatch.setattr(reading, "GRACE_SECONDS", 0.0)
    requests, over = Counter[str](), threading.Event()
    app = api.app(world_of([deployment()]), kubelets(usage))
    async with before(silent(app, (), requests, over), tmp_path) as ask:
        problem = await ask.refusal("kubectl_triage", namespace="shop")
        over.set()
    assert "[unavailable]" in problem and max(requests.values()) == 1
    assert requests.total() <= 2 * 8  # as many as are asked at once, and those begun before the first gave up


def failing(number: int) -> list[Obj]:
    """A Deployment of one pod that cannot pull its image."""
    name, labels = f"shop-{number:03}", {"app": f"shop-{number:03}"}
    body = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "none:1"}]}}
    root = made("Deployment", name, spec={"replicas": 1, "selector": {"matchLabels": labels}, "template": body})
    one = pod(f"{name}-6d4f7-bcdfg", waiting("ImagePullBackOff", "not found"), owner=[], body=body)
    one["metadata"]["labels"] = labels
    one["metadata"]["creationTimestamp"] = ago(600)
    return [root, one]


async def test_a_page_of_a_long_triage_is_full_and_names_what_comes_next(tmp_path: Path) -> None:
    objects = [obj for number in range(90) for obj in failing(number)]
    async with before(api.app(world_of(objects), kubelets(usage)), tmp_path) as ask:
        first = await ask("kubectl_triage", namespace="shop")
        second = await ask("kubectl_triage", namespace="shop", cursor=first["data"]["cursor"])
    here = [group["subject"] for group in first["data"]["groups"]]
    assert 5_000 < len(first["text"]) <= 8_000
    assert sum(f"Deployment/shop/shop-{number:03}" in first["text"] for number in range(90)) > 60
    assert not {group["subject"] for group in second["data"]["groups"]} & set(here)
