"""What wakes people in the field reports: alarms in the usual forms of the trade, and in a team's own words."""

from __future__ import annotations

from typing import Final

from tests.worlds import triggers
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.workloads import calm, labels


def page(draw: Draw, app: App, kind: str, *, measured: bool | None = None) -> Obj:
    """The alarm: in the usual form of the trade, or as this team has written its own."""
    if draw.pick(True, False):
        return raise_alarm(draw, app, kind, measured=draw.pick(True, False) if measured is None else measured)
    if kind in ("errors", "latency") and draw.number(1, 5) == 1:
        return _of_cloudwatch(draw, app, kind)
    share, seconds = draw.number(7, 78), draw.pick("1.9", "2.8", "4.4", "6.0")
    name, text = draw.pick(*_OWN_WORDS[kind])
    text = text.format(name=app.name, share=share, seconds=seconds)
    if draw.pick(True, False, False):
        return triggers.webhook(
            f"[P{draw.number(1, 3)}] {text}", labels={"namespace": app.namespace, "service": app.name}
        )
    where = {
        **(labels(draw, app) if app.pods else {"namespace": app.namespace, "deployment": app.name}),
        "severity": "critical",
        "team": draw.pick("shop", "core", "growth"),
        "cluster": "eu-1",
    }
    annotations = {
        "summary": text,
        "description": draw.pick("Customers notice. See the dashboard.", "For more than 5 minutes.", text),
        "runbook_url": f"https://wiki.example.com/runbooks/{name.lower()}",
    }
    return triggers.alertmanager(name, where, annotations, minutes=draw.number(9, 15))


def _of_cloudwatch(draw: Draw, app: App, kind: str) -> Obj:
    """With the points that it comes from."""
    metric, low, high = ("Http5xxCount", 1.0, 340.0) if kind == "errors" else ("LatencyP99Ms", 180.0, 4100.0)
    dimensions = {"Namespace": app.namespace, "Service": app.name}
    draw.cloudwatch("Shop/Services", metric, dimensions, [*calm(draw, low, 42), *calm(draw, high, 18)])
    name = f"{app.namespace}-{app.name}-{draw.pick('slo', 'golden-signal', kind)}"
    return triggers.cloudwatch_alarm(
        name, "Shop/Services", metric, dimensions, statistic="Average", threshold=low * 3, value=high
    )


_OWN_WORDS: Final = {
    "errors": (
        ("SLOErrorBudgetFastBurn", "{name} burns its 30d error budget 14 times too fast ({share}% bad requests)"),
        ("CheckoutConversionDrop", "Fewer orders than usual by {share}%, {name} answers with errors"),
        ("HTTPErrorsOnFront", "{share}% of responses of {name} were 5xx over the last 5m"),
        ("GrpcErrorRatio", "grpc error ratio of {name} above 5% (now {share}%)"),
    ),
    "latency": (
        ("LatencySLOBreached", "p99 of {name} is {seconds}s, objective is 500ms"),
        ("ApdexLow", "apdex of {name} fell, requests take up to {seconds}s"),
        ("SlowPages", "pages by {name} are slow: p95 {seconds}s over 10m"),
    ),
    "replicas": (
        ("KubeDeploymentRolloutStuck", "Rollout of {name} is not progressing for longer than 15 minutes"),
        ("ReplicasBelowDesired", "{name} runs with fewer pods than it should"),
    ),
    "crash": (
        ("KubePodCrashLooping", "A pod of {name} is restarting {share} times / hour"),
        ("ContainerRestarts", "Containers of {name} restarted several times in the last 30m"),
    ),
    "backlog": (
        ("KafkaConsumerLagTooHigh", "Consumer group of {name} lags behind and does not catch up"),
        ("OrdersNotProcessed", "Orders wait: {name} has not worked off its queue"),
    ),
}


def crash_page(draw: Draw, app: App) -> Obj:
    name, text = draw.pick(*_OWN_WORDS["crash"])
    summary = text.format(name=app.name, share=draw.number(3, 12))
    return triggers.alertmanager(name, labels(draw, app), {"summary": summary}, minutes=draw.number(9, 15))


def group(draw: Draw, first: App, *others: App) -> Obj:
    """One notification about several services that complain, the first in front."""
    trigger = triggers.alertmanager(
        draw.pick("HighErrorRate", "ErrorRateAbove5Percent", "ServiceDegraded"),
        {"namespace": first.namespace, "service": first.name},
        {"summary": f"{first.name}: {draw.number(10, 90)}% errors"},
        minutes=draw.number(9, 15),
    )
    alerts = trigger["payload"]["alerts"]
    for one in others:
        where = {**alerts[0]["labels"], "service": one.name}
        text = {"summary": f"{one.name}: {draw.number(10, 90)}% errors"}
        alerts.append({**alerts[0], "labels": where, "annotations": text})
    trigger["payload"]["commonLabels"] = {"severity": "warning", "namespace": first.namespace}
    trigger["payload"]["commonAnnotations"] = {}
    return trigger
