from __future__ import annotations

import json
from typing import Any

from tests.lab_telemetry.pair import START, Pair, deployment

GROUP = "/aws/containerinsights/test/"
CLUSTER = {"ClusterName": "test"}
FRONT = {**CLUSTER, "Namespace": "web", "PodName": "front"}


def latest(pair: Pair, metric: str, **where: str) -> list[tuple[float, float]]:
    """The last look's (value, count) pairs of a metric."""
    series = pair.world.metrics.get("ContainerInsights", metric, {**CLUSTER, **where})
    assert series is not None, f"nothing was measured of {metric} {where}"
    return [(v, n) for t, v, n in zip(series.times, series.values, series.counts, strict=True) if t == series.times[-1]]


def records(pair: Pair, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """(stream, record) of the last minute."""
    events = pair.world.logs.between(GROUP + kind, pair.world.clock.now() - 59, pair.world.clock.now())
    return [(event.stream, json.loads(event.message)) for event in events]


def with_limits() -> list[dict[str, Any]]:
    limits = {"resources": {"limits": {"cpu": "1", "memory": "256Mi"}, "requests": {"cpu": "500m", "memory": "128Mi"}}}
    return [deployment("front", "web", container=limits)]


def test_a_workload_has_one_series_for_each_of_its_dimension_sets() -> None:
    pair = Pair(manifests=with_limits())
    share = [(25.0, 2.0)]  # 64 of 256 MiB in two pods
    assert latest(pair, "pod_memory_utilization_over_pod_limit", Namespace="web", PodName="front") == share
    assert latest(pair, "pod_memory_utilization_over_pod_limit", Namespace="web", Service="front") == share
    assert latest(pair, "pod_memory_utilization_over_pod_limit", Namespace="web") == share
    pod = pair.world.objects.all("Pod", "web")[0]["metadata"]["name"]
    single = {"Namespace": "web", "PodName": "front", "FullPodName": pod}
    assert latest(pair, "pod_memory_utilization_over_pod_limit", **single) == [(25.0, 1.0)]
    assert latest(pair, "container_memory_utilization_over_container_limit", ContainerName="front", **single)
    assert latest(pair, "pod_cpu_reserved_capacity", Namespace="web", PodName="front") == [(12.5, 2.0)]


def test_counts_of_the_cluster_follow_its_objects() -> None:
    pair = Pair()
    assert latest(pair, "cluster_node_count") == [(2.0, 1.0)]
    assert latest(pair, "cluster_failed_node_count") == [(0.0, 1.0)]
    assert latest(pair, "namespace_number_of_running_pods", Namespace="web") == [(2.0, 1.0)]
    assert latest(pair, "service_number_of_running_pods", Namespace="web", Service="front") == [(2.0, 1.0)]
    assert latest(pair, "status_replicas_available", Namespace="web", PodName="front") == [(2.0, 1.0)]
    pair.patch("Deployment", "web", "front", {"spec": {"replicas": 0}})
    pair.advance(120)
    assert latest(pair, "service_number_of_running_pods", Namespace="web", Service="front") == [(0.0, 1.0)]
    assert latest(pair, "replicas_desired", Namespace="web", PodName="front") == [(0.0, 1.0)]


def test_a_node_is_named_with_its_instance() -> None:
    pair = Pair()
    node = pair.world.objects.get("Node", "", "worker-1")
    assert node is not None
    instance = node["spec"]["providerID"].rpartition("/")[2]
    where = {"NodeName": "worker-1", "InstanceId": instance}
    assert latest(pair, "node_status_condition_ready", **where) == [(1.0, 1.0)]
    pods = [p for p in pair.world.objects.all("Pod") if p["spec"].get("nodeName") == "worker-1"]
    assert latest(pair, "node_number_of_running_pods", **where) == [(float(len(pods)), 1.0)]
    assert latest(pair, "node_cpu_limit", **where) == [(4000.0, 1.0)]
    assert latest(pair, "node_filesystem_utilization", **where)


def test_crashing_containers_are_counted_by_why_they_wait() -> None:
    pair = Pair(images={"front:1": {"exits": [{"after": "1s"}]}})
    assert latest(pair, "pod_container_status_waiting_reason_crash_loop_back_off", Namespace="web", PodName="front")
    assert max(v for v, _ in latest(pair, "pod_number_of_container_restarts", Namespace="web", PodName="front")) >= 3


def test_an_oom_kill_shows_as_a_metric_and_in_the_kernels_log() -> None:
    pair = Pair(
        images={"front:1": {"memory": {"start": "64Mi", "peak": "300Mi", "over": "20s"}}}, manifests=with_limits()
    )
    assert latest(pair, "pod_container_status_terminated_reason_oom_killed", Namespace="web", PodName="front")
    streams, lines = zip(*records(pair, "host"), strict=True)
    assert {s.partition("-host")[0] for s in streams} <= {"worker-1", "worker-2"}
    assert any("Memory cgroup out of memory: Killed process" in line["message"] for line in lines)


def test_a_kubelet_says_in_its_journal_why_it_skips_a_pod() -> None:
    pair = Pair(images={"front:1": {"exits": [{"after": "1s"}]}}, history="90s")
    events = pair.world.logs.between(GROUP + "dataplane", 0, START)
    texts = [json.loads(e.message) for e in events if "systemd.kubelet" in e.stream]
    assert any('failed to \\"StartContainer\\" for \\"front\\" with CrashLoopBackOff' in s["message"] for s in texts)


def test_a_performance_record_declares_the_metrics_that_come_of_it() -> None:
    pair = Pair(manifests=with_limits())
    of_pods = [r for _, r in records(pair, "performance") if r["Type"] == "Pod" and r["PodName"] == "front"]
    assert len(of_pods) == 2
    record = of_pods[0]
    declaration = {m["Name"] for one in record["CloudWatchMetrics"] for m in one["Metrics"]}
    assert {"pod_cpu_utilization", "pod_number_of_container_restarts"} <= declaration & record.keys()
    assert record["kubernetes"]["pod_owners"] == [{"owner_kind": "Deployment", "owner_name": "front"}]
    assert record["pod_status"] == "Running"
    assert record["pod_memory_working_set"] == 64 * 1024 * 1024
    assert {r["Type"] for _, r in records(pair, "performance")} == {"Pod", "Container", "Node", "NodeFS"}


def test_a_line_carries_what_fluent_bit_knows_of_its_container() -> None:
    pair = Pair(images={"front:1": {"log": [{"at": "10s", "every": "10s", "line": "INFO sold"}]}}, history="4m")
    pair.last_line()  # whoever reads brings the logs up to now
    stream, record = next((s, r) for s, r in records(pair, "application") if r["log"] == "INFO sold")
    about = record["kubernetes"]
    pod = pair.world.objects.get("Pod", "web", about["pod_name"])
    assert pod is not None
    assert (about["pod_id"], about["host"]) == (pod["metadata"]["uid"], pod["spec"]["nodeName"])
    assert pod["status"]["containerStatuses"][0]["containerID"].endswith(about["docker_id"])
    file = f"var.log.containers.{about['pod_name']}_web_front-{about['docker_id']}.log"
    assert stream == f"{about['host']}-application.{file}"


def test_where_the_agent_does_not_run_its_metrics_are_missing_and_the_service_is_well() -> None:
    pair = Pair(addons=["coredns", "cloudwatch"])
    before = pair.world.clock.now()
    daemons = "cloudwatch-agent"
    pair.patch(
        "DaemonSet", "amazon-cloudwatch", daemons, {"spec": {"template": {"spec": {"nodeSelector": {"no": "x"}}}}}
    )
    pair.advance(300)
    series = pair.world.metrics.get("ContainerInsights", "pod_cpu_utilization", FRONT)
    assert series is not None
    assert series.times[-1] < before + 120
    assert pair.failing() == 0


def test_sampled_traces_tell_who_calls_whom_and_where_it_fails() -> None:
    pair = Pair()
    pair.befall(delete={"kind": "Service", "namespace": "data", "name": "back"})
    pair.advance(120)
    segments: list[dict[str, Any]] = list(pair.world.segments)
    well = next(s for s in segments if "subsegments" in s and not s.get("fault"))
    calls = next(s for s in segments if s.get("parent_id") == well["subsegments"][0]["id"])
    assert (well["name"], calls["name"], calls["trace_id"]) == ("front.web", "back.data", well["trace_id"])
    ill = segments[-1]
    assert ill["fault"]
    assert ill["subsegments"][0]["name"] == "back.data"
    assert "no such host" in ill["subsegments"][0]["cause"]["exceptions"][0]["message"]
