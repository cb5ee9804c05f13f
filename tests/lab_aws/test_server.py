"""A whole lab as a process: start, endpoints, clock, faults, end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from starlette.responses import PlainTextResponse

from sre_lab.loopback import LoopbackServer
from sre_lab.process import LabError, LabProcess, start_lab
from tests.labs import standing_lab

WEB = """
name: small-shop
title: A web server
story: Two replicas of one web server.
history: 5m
images:
  web:1: {log: [{at: 0, line: ready}]}
traffic: [{service: web, namespace: shop, log_group: /shop/web}]
tables: [{name: orders, key: id}]
alarms:
  - {name: web-errors, metric_namespace: Shop/Services, metric: HTTPCode_Target_5XX_Count, dimensions: {Service: web}}
runbooks:
  - name: Nap
    tags: {risk: low}
    content: {schemaVersion: '0.3', mainSteps: [{name: nap, action: 'aws:sleep', inputs: {Duration: PT5S}}]}
manifests:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: 'web:1', ports: [{containerPort: 80}]}]}
  - apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {selector: {app: web}, ports: [{port: 80}]}
trigger: web-errors
expected:
  causes: []
  end: {outcome: remediated, reason: no_fault}
  healed: [{present: {kind: Deployment, namespace: shop, name: web}}]
"""
BREAK = {"image": {"web:1": {"exits": [{"after": 2, "code": 1, "log": ["panic: no configuration"]}]}}}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "web.yaml"
    path.write_text(WEB)
    return path


@pytest.fixture(scope="module")
def lab(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with standing_lab(scenario, tmp_path_factory.mktemp("lab")) as running:
        yield running


def _get(lab: LabProcess, path: str) -> Any:
    server = yaml.safe_load(lab.endpoints.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    return httpx.get(f"{server}{path}").raise_for_status().json()


def test_every_endpoint_answers_about_the_same_world(lab: LabProcess) -> None:
    pods = _get(lab, "/api/v1/namespaces/shop/pods")["items"]
    assert [pod["status"]["phase"] for pod in pods] == ["Running", "Running"]
    assert lab.control.state()["alarms"] == [{"name": "web-errors", "state": "OK"}]
    assert httpx.get(f"{lab.endpoints.prometheus}/api/v1/query", params={"query": "1"}).json()["status"] == "success"
    target = {"x-amz-target": "AmazonSSM.ListDocuments"}
    documents = httpx.post(lab.endpoints.aws, json={}, headers=target).json()["DocumentIdentifiers"]
    assert [d["Tags"] for d in documents] == [[{"Key": "risk", "Value": "low"}]]
    assert (lab.endpoints.scenario, lab.endpoints.trigger) == ("small-shop", "web-errors")
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=lab/20260101/eu-west-1/eks/aws4_request"}
    cluster = httpx.get(f"{lab.endpoints.aws}/clusters/shop-prod", headers=signed).json()["cluster"]
    assert httpx.get(f"{cluster['endpoint']}/api/v1/namespaces/shop/pods").json()["items"] == pods


def test_every_endpoint_dates_its_answers_by_the_clock_that_the_control_api_moves(lab: LabProcess) -> None:
    before = lab.control.now()
    assert lab.control.advance(30) == before + 30 == lab.control.now()
    control = httpx.get(f"{lab.endpoints.control}/state").headers["date"]
    prometheus = httpx.get(f"{lab.endpoints.prometheus}/api/v1/query", params={"query": "1"}).headers["date"]
    aws = httpx.post(lab.endpoints.aws, json={}, headers={"x-amz-target": "AmazonSSM.ListDocuments"}).headers["date"]
    assert control == prometheus == aws


@pytest.mark.anyio
async def test_answers_do_not_wait_for_the_acknowledgement_of_a_packet() -> None:
    server = LoopbackServer(PlainTextResponse("here"))
    serving = asyncio.create_task(server.run_until_stopped())
    await server.up.wait()
    async with httpx.AsyncClient() as client:
        await client.get(server.url)
        [connection] = server.server_state.connections
        assert connection.transport is not None
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    server.stop()
    await serving


def test_a_fault_given_to_the_control_api_raises_the_alarm_and_its_event(scenario: Path, tmp_path: Path) -> None:
    with standing_lab(scenario, tmp_path) as lab:
        with pytest.raises(LabError, match="There is no alarm 'nobody'"):
            lab.control.alarm_event("nobody")
        lab.control.befall(BREAK)
        pods = _get(lab, "/api/v1/namespaces/shop/pods")["items"]
        server = yaml.safe_load(lab.endpoints.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        for pod in pods:
            httpx.delete(f"{server}/api/v1/namespaces/shop/pods/{pod['metadata']['name']}").raise_for_status()
        lab.control.advance(180)
        assert lab.control.state()["alarms"] == [{"name": "web-errors", "state": "ALARM"}]
        event = lab.control.alarm_event("web-errors")
        assert (event["detail-type"], event["detail"]["state"]["value"]) == ("CloudWatch Alarm State Change", "ALARM")


def test_a_fault_that_cannot_happen_is_refused_with_the_reason(lab: LabProcess) -> None:
    with pytest.raises(LabError, match="nothing-like-this"):
        lab.control.befall({"dependency": {"nothing-like-this": False}})


def test_a_clock_that_follows_the_wall_cannot_be_moved(scenario: Path, tmp_path: Path) -> None:
    with start_lab(scenario, follow_wall=True, folder=tmp_path) as lab:
        assert abs(lab.control.now() - time.time()) < 30
        with pytest.raises(LabError, match="--stand"):
            lab.control.advance(5)


def test_a_lab_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(LabError, match="No such scenario: 'no-such-scenario'"),
        standing_lab("no-such-scenario", tmp_path),
    ):
        pass
    assert "Traceback" not in (tmp_path / "lab.log").read_text()


def test_a_recorded_world_is_served_too(tmp_path: Path) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}
    pod |= {"spec": {"containers": [{"name": "web", "image": "web:1"}]}, "status": {"phase": "Failed"}}
    recording = {"schema": "sre-world/1", "clock": "2026-01-01T00:00:00Z", "k8s": {"objects": [pod]}}
    path = tmp_path / "world.json"
    path.write_text(json.dumps(recording))
    with standing_lab(path, tmp_path) as lab:
        (obj,) = _get(lab, "/api/v1/namespaces/shop/pods")["items"]
        assert obj["status"]["phase"] == "Failed"
        assert lab.control.state()["alarms"] == []


def test_a_lab_ends_with_the_block_and_when_its_parent_is_killed(scenario: Path, tmp_path: Path) -> None:
    with start_lab(scenario, follow_wall=True, folder=tmp_path) as lab:
        process = lab.process
    assert process.returncode == 0
    program = f"""
        import pathlib, sys
        from sre_lab.process import start_lab
        with start_lab({str(scenario)!r}, follow_wall=True, folder=pathlib.Path({str(tmp_path)!r})) as lab:
            print(lab.endpoints.control, flush=True)
            sys.stdin.read()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None and parent.stdin is not None
    url = parent.stdout.readline().strip()
    assert httpx.get(f"{url}/state").is_success
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    with pytest.raises(httpx.TransportError):
        for _ in range(1_000):  # until the lab has noticed; each answer takes a few milliseconds
            httpx.get(f"{url}/state")
