"""A lab of 10,000 pods on 500 nodes in a process of its own: how long it takes to load, what it needs, how it answers.

The scenario has 200 Deployments of 50 replicas behind Services, created by the manifests 2 simulated minutes ago and
scheduled and started by the lab's own controllers, scheduler and kubelet. The times of answers contain the server's
work and the client's reading of the bytes, over HTTP on loopback, but no parsing in the client.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from sre_lab.process import LabProcess, start_lab
from tests.bench.crowd import document
from tests.bench.figures import Figure, peak_megabytes

NODES, DEPLOYMENTS, REPLICAS, HISTORY = 500, 200, 50, "2m"
PODS = DEPLOYMENTS * REPLICAS
PAGE = 500
GETS = 500
CHANGED = 1000
IDLE_SECONDS = 30.0
PATIENCE = 300.0  # seconds; a machine that others use too is slower, and the figure says so
POD_PATH = "/api/v1/pods"


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "crowd.yaml"
        whole = document(nodes=NODES, deployments=DEPLOYMENTS, replicas=REPLICAS, history=HISTORY)
        source.write_text(yaml.safe_dump(whole))
        started = time.perf_counter()
        with start_lab(source, follow_wall=False, folder=folder, patience=PATIENCE) as lab:
            yield Figure(f"{PODS} pods on {NODES} nodes: load, {HISTORY} simulated", _since(started), "s", 30)
            yield Figure("of it, processor time", _cpu_seconds(lab), "s", 30)
            yield from _answers(lab, "scenario")
            yield _watch(lab)
            yield Figure("memory at the most, after these", peak_megabytes(lab.process.pid), "MB", 1500)
            recording = _record(lab, folder / "crowd.json")
        started = time.perf_counter()
        with start_lab(recording, follow_wall=False, folder=folder, patience=PATIENCE) as lab:
            yield Figure("the same as a recorded world: load", _since(started), "s", 30)
            yield from _answers(lab, "recorded world")
            yield Figure("recorded world: memory at the most", peak_megabytes(lab.process.pid), "MB", 1500)
        with start_lab(source, follow_wall=True, folder=folder, patience=PATIENCE) as lab:
            yield Figure(f"{PODS} pods, clock following the wall: one core's share", _idle(lab), "%", 20)


def _answers(lab: LabProcess, of: str) -> Iterator[Figure]:
    client = _Client(lab)
    seconds, count = _read_pages(client)
    if count < PODS:  # the cluster's own pods are there too
        raise AssertionError(f"the list has {count} pods instead of {PODS}")
    yield Figure(
        f"{of}: list of all pods in pages of {PAGE}, a pod",
        min(seconds, _read_pages(client)[0]) / count * 1e6,
        "µs",
        60,
    )
    names = [item["metadata"] for item in json.loads(client.get(f"{POD_PATH}?limit={PAGE}"))["items"]]
    times = []
    for number in range(GETS):
        meta = names[number % len(names)]
        started = time.perf_counter()
        client.get(f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}")
        times.append(_since(started) * 1000)
    yield Figure(f"{of}: one get, median", statistics.median(times), "ms", 2)
    yield Figure(f"{of}: one get, 99 of 100", statistics.quantiles(times, n=100)[98], "ms", 2)


def _read_pages(client: _Client) -> tuple[float, int]:
    """(seconds for the pages themselves, pods in them); what is parsed is parsed outside of the time."""
    seconds, count, token = 0.0, 0, ""
    while True:
        started = time.perf_counter()
        body = client.get(f"{POD_PATH}?limit={PAGE}" + (f"&continue={quote(token)}" if token else ""))
        seconds += _since(started)
        page = json.loads(body)
        count += len(page["items"])
        token = page["metadata"].get("continue", "")
        if not token:
            return seconds, count


def _watch(lab: LabProcess) -> Figure:
    """From the first of many writes of one client until the watch of another has shown them all."""
    writer, reader = _Client(lab), _Client(lab)
    items = json.loads(writer.get(f"{POD_PATH}?limit={CHANGED}"))
    version = items["metadata"]["resourceVersion"]
    done: list[float] = []

    def read() -> None:
        answer = reader.open(f"{POD_PATH}?watch=1&resourceVersion={version}&timeoutSeconds=60")
        for _ in range(CHANGED):
            answer.readline()
        done.append(time.perf_counter())

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.2)
    last = 0.0
    for number, item in enumerate(items["items"]):
        meta = item["metadata"]
        patch = {"metadata": {"annotations": {"bench": str(number)}}}
        writer.patch(f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", patch)
        last = time.perf_counter()
    thread.join(60)
    behind = (done[0] - last) * 1000 if done else float("inf")
    return Figure(f"watch of all pods while {CHANGED} change: behind the last write", max(behind, 0.0), "ms", 100)


def _record(lab: LabProcess, path: Path) -> Path:
    """The cluster as it stands, as a recorded world."""
    client = _Client(lab)
    objects = []
    for where, kind in (
        ("/api/v1/nodes", "Node"),
        ("/api/v1/namespaces", "Namespace"),
        ("/apis/apps/v1/deployments", "Deployment"),
        ("/apis/apps/v1/replicasets", "ReplicaSet"),
        ("/api/v1/services", "Service"),
        (POD_PATH, "Pod"),
        ("/api/v1/events", "Event"),
    ):
        objects += [{"kind": kind, **item} for item in json.loads(client.get(where))["items"]]
    clock = lab.control.state()["time"]
    path.write_text(
        json.dumps({"schema": "sre-world/1", "clock": clock, "k8s": {"objects": objects}}), encoding="utf-8"
    )
    return path


def _idle(lab: LabProcess) -> float:
    """Percent of one core that a lab needs which nobody asks anything."""
    time.sleep(2.0)
    before, started = _cpu_seconds(lab), time.perf_counter()
    time.sleep(IDLE_SECONDS)
    return 100 * (_cpu_seconds(lab) - before) / _since(started)


def _cpu_seconds(lab: LabProcess) -> float:
    fields = Path(f"/proc/{lab.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _since(started: float) -> float:
    return time.perf_counter() - started


class _Client:
    """One kept-alive connection to the lab's API."""

    def __init__(self, lab: LabProcess) -> None:
        config = yaml.safe_load(lab.endpoints.kubeconfig.read_text())
        url = urlsplit(config["clusters"][0]["cluster"]["server"])
        self._connection = http.client.HTTPConnection(url.hostname or "", url.port or 0, timeout=120)

    def get(self, path: str) -> bytes:
        return self.open(path).read()

    def patch(self, path: str, body: Any) -> bytes:
        return self.open(path, "PATCH", json.dumps(body), {"Content-Type": "application/merge-patch+json"}).read()

    def open(
        self, path: str, method: str = "GET", body: str | None = None, headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        self._connection.request(method, path, body, headers or {})
        answer = self._connection.getresponse()
        if answer.status >= 400:
            raise AssertionError(f"{method} {path} answered {answer.status}: {answer.read()[:500]!r}")
        return answer
