"""A real Prometheus, where one is installed, scrapes the lab; both then answer the same questions alike."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sre_lab.history import build
from sre_lab.scenario import ClusterSpec, Scenario
from sre_lab.world import new_world
from tests.lab_telemetry.conftest import SHOP, Lab

BINARY = shutil.which("prometheus")
READY_SECONDS, SCRAPES, SETTLED_SECONDS = 60.0, 12, 2.5
CONFIG = """
global:
  scrape_interval: 1s
  evaluation_interval: 1h
scrape_configs:
  - job_name: lab
    honor_labels: true
    static_configs:
      - targets: ["{target}"]
"""
# What holds at one moment: both are asked when nothing has moved since the last scrape.
QUESTIONS = (
    "kube_pod_status_phase == 1",
    "sum(kube_pod_status_phase) by (phase)",
    'count by (namespace) (kube_pod_info{created_by_kind="ReplicaSet"})',
    'kube_deployment_spec_replicas{deployment=~"ca.*"}',
    'kube_deployment_spec_replicas{deployment!~"ca.*"}',
    "kube_deployment_spec_replicas != kube_deployment_status_replicas_available",
    "kube_deployment_spec_replicas - kube_deployment_status_replicas_available",
    "kube_deployment_status_replicas_available / on(namespace, deployment) kube_deployment_spec_replicas",
    "max by (node) (kube_node_status_capacity{resource='cpu'})",
    "avg(container_memory_working_set_bytes) by (namespace)",
    "topk(2, http_requests_total)",
    "bottomk(1, http_requests_total)",
    "quantile(0.9, container_memory_working_set_bytes)",
    "stddev(container_memory_working_set_bytes)",
    "stdvar(kube_deployment_spec_replicas)",
    "min without (pod, container) (container_memory_working_set_bytes)",
    "group by (phase) (kube_pod_status_phase)",
    'count_values("replicas", kube_deployment_spec_replicas)',
    "kube_pod_container_status_restarts_total > bool 0",
    "kube_pod_info * on(namespace, pod) group_right(node) kube_pod_container_status_restarts_total",
    "kube_pod_status_ready and on(namespace, pod) kube_pod_info",
    "kube_pod_status_ready unless on(namespace, pod) kube_pod_info",
    "kube_deployment_spec_replicas or kube_node_info",
    "histogram_quantile(0.9, http_request_duration_seconds_bucket)",
    "histogram_quantile(0.5, sum by (le) (http_request_duration_seconds_bucket))",
    "sum(http_request_duration_seconds_sum) / sum(http_request_duration_seconds_count)",
    'label_replace(kube_pod_info, "short", "$1", "pod", "([a-z]+)-.*")',
    'label_join(kube_pod_info, "both", "/", "namespace", "pod")',
    "absent(no_such_metric{job='x'})",
    "absent(kube_pod_info)",
    "clamp_max(kube_deployment_spec_replicas, 1)",
    "round(container_memory_working_set_bytes / 1e6, 0.5)",
    "sort_desc(http_requests_total)",
    "ln(http_requests_total) + log2(http_requests_total) ^ 2 % 7",
    "scalar(sum(kube_deployment_spec_replicas)) * 2",
    "vector(1) == bool 1",
    "-kube_deployment_spec_replicas",
    "1 / 0",
    "changes(kube_deployment_spec_replicas[10s])",
    "max_over_time(kube_deployment_spec_replicas[10s])",
    "max_over_time((kube_deployment_spec_replicas * 2)[10s:1s])",
)
WINDOWS = (
    "rate(done_total[10s])",
    "increase(done_total[7s])",
    "irate(done_total[10s])",
    "delta(queued[10s])",
    "idelta(queued[10s])",
    "deriv(queued[10s])",
    "predict_linear(queued[10s], 60)",
    "changes(queued[10s])",
    "resets(done_total[10s])",
    "avg_over_time(queued[8s])",
    "min_over_time(queued[8s])",
    "sum_over_time(queued[8s] offset 2s)",
    "count_over_time(queued[1m])",
    "stddev_over_time(queued[8s])",
    "quantile_over_time(0.7, queued[8s])",
    "last_over_time(queued[8s])",
    "timestamp(queued)",
    "max_over_time(rate(done_total[4s])[8s:1s])",
    "sum by (kind) (rate(done_total[8s])) / on(kind) group_left() avg by (kind) (rate(done_total[8s]))",
)
REFUSED = ("sum(", "rate(kube_pod_info)", "kube_pod_info{", "1 == 1", "nosuch(1)", "kube_pod_info[0s]", "topk(1)", "{}")


def free_port() -> int:
    with socket.socket() as present:
        present.bind(("127.0.0.1", 0))
        return int(present.getsockname()[1])


class Moving:
    """The lab, whose clock follows the wall while counters count in it, and are reset."""

    def __init__(self) -> None:
        self.lab = Lab(build(Scenario.model_validate(SHOP), now=time.time()))
        self._turns = 0

    def on(self) -> None:
        self.lab.advance(time.time() - self.lab.now)
        self._turns += 1
        for kind, speed in (("a", 3), ("b", 7)):
            self._put("done_total", kind, float(self._turns * speed % 60))
            self._put("queued", kind, float(self._turns * self._turns * speed % 17))

    def _put(self, name: str, kind: str, value: float) -> None:
        self.lab.world.metrics.put("prometheus", name, {"kind": kind}, self.lab.now, value)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[tuple[str, Lab]]:
    """A running Prometheus that has scraped the lab a number of times, and the lab."""
    moving, address = Moving(), f"127.0.0.1:{free_port()}"
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(target=moving.lab.prometheus_url.removeprefix("http://")))
    assert BINARY is not None
    flags = {"config.file": config, "storage.tsdb.path": tmp_path / "data", "web.listen-address": address}
    with (tmp_path / "log").open("w") as log:
        command = [BINARY, *(f"--{name}={value}" for name, value in flags.items())]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: has_scrape(f"http://{address}"), process, moving)
        yield f"http://{address}", moving.lab
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        moving.lab.close()


def wait_for(function: Callable[[], bool], process: subprocess.Popen[bytes], moving: Moving) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "prometheus ended"
        moving.on()
        try:
            if function():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"prometheus did not scrape within {READY_SECONDS} s")


def has_scrape(url: str) -> bool:
    if httpx.get(f"{url}/-/ready").status_code != 200:
        return False
    answer = httpx.get(f"{url}/api/v1/query", params={"query": 'sum(count_over_time(up{job="lab"}[2m]))'}).json()
    return any(float(row["value"][1]) >= SCRAPES for row in answer["data"]["result"])


def same_samples(url: str, at: float) -> Lab:
    """A lab with nothing but the samples that the real one took of the moving series, at the times it took them."""
    lab = Lab(new_world(ClusterSpec(), at, 1))
    for name in ("done_total", "queued"):
        params = {"query": f"{name}[5m]", "time": str(at)}
        for row in httpx.get(f"{url}/api/v1/query", params=params).json()["data"]["result"]:
            labels = {n: v for n, v in row["metric"].items() if n != "__name__"}
            for moment, value in row["values"]:
                lab.world.metrics.put("prometheus", name, labels, moment, float(value))
    return lab


def answer(url: str, promql: str, at: float | None = None) -> Any:
    """Values by series, without the labels that a scrape adds."""
    params = {"query": promql} | ({"time": str(at)} if at is not None else {})
    body = httpx.get(f"{url}/api/v1/query", params=params).json()
    if body["status"] == "error":
        return body["errorType"], body["error"]
    result = body["data"]["result"]
    if body["data"]["resultType"] == "scalar":
        return float(result[1])
    labels = [{n: v for n, v in row["metric"].items() if n not in ("job", "instance")} for row in result]
    pairs = zip(labels, result, strict=True)
    return {tuple(sorted(metric.items())): float(row["value"][1]) for metric, row in pairs}


@pytest.mark.skipif(BINARY is None, reason="no `prometheus` on the PATH")
@pytest.mark.timeout(180)
def test_the_real_one_answers_the_same_over_what_it_has_scraped_here(real: tuple[str, Lab]) -> None:
    url, lab = real
    time.sleep(SETTLED_SECONDS)  # one more scrape, now that nothing moves
    apart = different(url, lab.prometheus_url, QUESTIONS)
    at = round(time.time(), 3)
    windows = same_samples(url, at)
    try:
        apart |= different(url, windows.prometheus_url, WINDOWS, at)
    finally:
        windows.close()
    for promql in REFUSED:
        theirs, ours = answer(url, promql), answer(lab.prometheus_url, promql)
        if theirs[0] != ours[0] or place(theirs[1]) != place(ours[1]):
            apart[promql] = (theirs, ours)
    assert apart == {}


def different(theirs: str, ours: str, questions: tuple[str, ...], at: float | None = None) -> dict[str, Any]:
    """Both answers to each question to which they differ."""
    apart = {}
    for promql in questions:
        both = answer(theirs, promql, at), answer(ours, promql, at)
        if both[0] != pytest.approx(both[1], nan_ok=True):
            apart[promql] = both
    return apart


def place(error: str) -> str:
    """Line and column; the words behind them differ from version to version."""
    return error.partition(" parse error")[0]
