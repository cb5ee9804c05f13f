"""Alarms of every kind about the first of a chain, with the measurement that they come from, or without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.workloads import calm, labels, rule


def raise_alarm(draw: Draw, app: App, kind: str, *, measured: bool) -> Obj:
    """The alarm. `measured`: its own metric is there, and shows that it goes on."""
    name, text, metric, low, high = KINDS[kind](draw, app)
    more: dict[str, str] = {}
    own = {"namespace": app.namespace, "service": app.name}
    if measured and metric:
        draw.prometheus(metric, own, [*calm(draw, low, 45), *calm(draw, high, 15)])
        expression = f'{metric}{{namespace="{app.namespace}",service="{app.name}"}} > {(low + high) / 2}'
        more = {"generator": rule(expression)}
    way = "alertmanager" if more else draw.pick("alertmanager", "alertmanager", "webhook", "cloudwatch")
    if way == "webhook":
        return triggers.webhook(f"{name}: {text}", labels={"namespace": app.namespace, "service": app.name})
    if way == "cloudwatch" and metric:
        dimensions = {"Namespace": app.namespace, "Service": app.name}
        return triggers.cloudwatch_alarm(
            f"{app.name}-{draw.pick('alarm', kind)}", "Custom/App", metric, dimensions,
            statistic="Average", threshold=low * 2, value=high,
        )  # fmt: skip
    if kind == "probe":
        return _probe(draw, app, name)
    where = labels(draw, app) if app.pods else {"namespace": app.namespace, "deployment": app.name}
    return triggers.alertmanager(name, where, {"summary": text}, minutes=draw.number(9, 15), **more)


Kind = tuple[str, str, str, float, float]  # name, text, metric, its usual level, its level now


def _errors(draw: Draw, app: App) -> Kind:
    share = draw.number(12, 96)
    text = draw.pick(
        f"{share}% of requests to {app.name} fail", f"Error rate of {app.name} is {share} %",
        f"{app.name} answers {draw.pick(500, 502, 503, 504)}", f"{app.name} burns its error budget",
    )  # fmt: skip
    name = draw.pick("HighErrorRate", "Http5xxHigh", "ErrorBudgetBurn", "RequestsFailing")
    return name, text, draw.pick("http_error_ratio", "request_errors_ratio"), 0.004, share / 100


def _latency(draw: Draw, app: App) -> Kind:
    n = draw.pick(1.8, 2.5, 4.1, 7.2)
    text = draw.pick(f"p99 latency of {app.name} is {n}s", f"Requests to {app.name} take longer than {n} s")
    return draw.pick("HighLatency", "SlowRequests"), text, "http_request_duration_seconds_p99", 0.2, n


def _memory(draw: Draw, app: App) -> Kind:
    share = draw.number(91, 99)
    text = f"Memory of {app.name} is at {share}% of its limit"
    return draw.pick("ContainerMemoryHigh", "MemoryNearLimit"), text, "container_memory_usage_ratio", 0.5, share / 100


def _throttling(draw: Draw, app: App) -> Kind:
    share = draw.number(40, 99)
    text = f"Containers of {app.name} are CPU throttled ({share}%)"
    return draw.pick("CPUThrottlingHigh", "ContainerCpuThrottled"), text, "cpu_throttled_ratio", 0.02, share / 100


def _connections(draw: Draw, app: App) -> Kind:
    text = draw.pick(f"Connection pool of {app.name} is exhausted", f"{app.name}: too many connections")
    return draw.pick("ConnectionPoolExhausted", "TooManyConnections"), text, "db_pool_used_ratio", 0.3, 1.0


def _absent(draw: Draw, app: App) -> Kind:
    text = draw.pick(f"{draw.number(50, 100)}% of the {app.name} targets are down", f"{app.name} sends no metrics")
    return draw.pick("TargetDown", "MetricsAbsent", "PrometheusTargetMissing"), text, "", 0, 0


def _replicas(draw: Draw, app: App) -> Kind:
    text = draw.pick(f"{app.name} has not matched the expected number of replicas", f"Pods of {app.name} are not ready")
    return draw.pick("KubeDeploymentReplicasMismatch", "KubePodNotReady"), text, "", 0, 0


def _backlog(draw: Draw, app: App) -> Kind:
    thousands = draw.number(2, 90)
    text = draw.pick(f"{thousands}000 messages wait for {app.name}", f"Consumer lag of {app.name} grows")
    return draw.pick("QueueBacklogHigh", "ConsumerLagHigh"), text, "queue_messages_waiting", 40.0, thousands * 1000.0


def _certificate(draw: Draw, app: App) -> Kind:
    text = draw.pick(
        f"Certificate of {app.name} expires in {draw.number(1, 6)} days", f"TLS of {app.name} expires soon"
    )
    return draw.pick("CertificateExpiringSoon", "CertExpiry"), text, "", 0, 0


def _disk(draw: Draw, app: App) -> Kind:
    text = f"Volume of {app.name} is {draw.number(91, 99)}% full"
    return draw.pick("VolumeFillingUp", "DiskSpaceLow"), text, "", 0, 0


def _fail_probe(draw: Draw, app: App) -> Kind:
    return draw.pick("BlackboxProbeFailed", "EndpointDown", "UptimeCheckFailed"), f"{app.name} is down", "", 0, 0


KINDS: Final[dict[str, Callable[[Draw, App], Kind]]] = {
    "errors": _errors,
    "latency": _latency,
    "memory": _memory,
    "throttling": _throttling,
    "connections": _connections,
    "absent": _absent,
    "replicas": _replicas,
    "backlog": _backlog,
    "probe": _fail_probe,
    "certificate": _certificate,
    "disk": _disk,
}


def _probe(draw: Draw, app: App, name: str) -> Obj:
    """From outside, through an Ingress before the Service."""
    host = f"{draw.pick('www', 'shop', 'api')}.{draw.suffix(5)}.example.org"
    route = objects.ingress(f"{draw.name()}-edge", app.namespace, host, app.service["metadata"]["name"])
    kind = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    draw.objects += [route, kind]
    text = draw.pick(f"Probe of https://{host}/ failed", f"https://{host} is down", f"{host} does not answer")
    where = {"instance": f"https://{host}/", "job": "blackbox"}
    return triggers.alertmanager(name, where, {"summary": text}, minutes=draw.number(9, 15))


def of_a_run(draw: Draw, run: str) -> Obj:
    """Of a Job or CronJob, whose last run failed."""
    kind, namespace, name = run.split("/")
    where = {"namespace": namespace, "job_name" if kind == "Job" else "cronjob": name}
    return triggers.alertmanager("KubeJobFailed", where, {"summary": f"{name} failed to complete"}, minutes=19)
