"""What the probes of a container show: which fails now, what it asks, what answers, and whether anything ever did."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.container_views import ContainerView, lasted
from mcp_servers.kubernetes.snapshot.objects import Obj

PROBE_MEMORY: Final = timedelta(minutes=10)
TURNS: Final = timedelta(minutes=2)  # between a probe's failure and the condition that follows from it
SLACK: Final = timedelta(seconds=5)
KILLED: Final = 137  # it did not end by itself within the grace period
ASKS: Final = 160
TLS_PORTS: Final = ("443", "6443", "8443", "9443")  # as programs listen on for TLS by custom
_TLS: Final = re.compile(r"(?<![a-z])(?:https|tls|ssl|certs?|certificate)(?![a-z])|keystore", re.I)
_PROBE: Final = re.compile(r"^(Liveness|Readiness|Startup) probe (?:failed|errored)(?: and resulted in unknown)?:? ?")
_STATUS: Final = re.compile(r"statuscode: (\d{3})|responded with \"(\w+)\"")
_REPLIES: Final = (
    ("timeout", re.compile(r"deadline exceeded|Client\.Timeout|timed? ?out|i/o timeout", re.I)),
    ("refused", re.compile(r"connection refused|failed to connect service|no route to host", re.I)),
    ("protocol", re.compile(r"malformed HTTP|gave HTTP response to HTTPS|not look like a TLS handshake", re.I)),
)


def observe(look: ContainerView) -> list[Observation]:
    """Probes that fail now: readiness while it runs unready, the others while their failures are recent."""
    by_probe: dict[str, Observation] = {}
    for event in look.events:
        text = str(event.get("message", ""))
        match, last = _PROBE.match(text), o.last_seen(event)
        if event.get("reason") != "Unhealthy" or match is None or last is None:
            continue
        probe = match[1].lower()
        unready = look.running is not None and not look.status.get("ready") and not o.is_over(look.pod)
        kills = probe != "readiness" and (look.restarts > 0 or not look.status.get("ready"))
        if not (unready or kills) or (look.now - last > PROBE_MEMORY and not (unready and _still_so(look, last))):
            continue
        if probe == "liveness" and look.status.get("ready") and last < _start_of(look) and _has_outlived(look):
            continue
        count = o.times_seen(event)
        if probe not in by_probe or count > int(str(by_probe[probe].attributes["count"])):
            attributes = {
                "probe": probe,
                "count": count,
                **_probe_attributes(look, probe),
                **_reply(look, probe, text[match.end() :]),
            }
            by_probe[probe] = look.observed("container.probe_failing", o.first_seen(event), text, **attributes)
    return list(by_probe.values())


def _still_so(look: ContainerView, last: datetime) -> bool:
    """Whether the pod has been unready since before the event: the kubelet's spam filter holds back later ones."""
    turned_at = o.instant(o.condition(look.pod, "Ready").get("lastTransitionTime")) or o.created_at(look.pod)
    return turned_at is not None and turned_at <= last + TURNS


def _probe_attributes(look: ContainerView, probe: str) -> dict[str, Any]:
    """What the probe asks, how long it lets the container live, and whether its port is one that is declared."""
    probe_spec = _probe_spec(look, probe)
    if not probe_spec:
        return {}
    numbers = {str(p["name"]): str(p.get("containerPort", "")) for p in _ports(look) if p.get("name")}
    port = str(
        (probe_spec.get("httpGet") or probe_spec.get("tcpSocket") or probe_spec.get("grpc") or {}).get("port", "")
    )
    number = numbers.get(port, port)
    attributes: dict[str, Any] = {"asks": excerpt(_question(probe_spec, number), ASKS)}
    if port and _ports(look):
        attributes["port_declared"] = "yes" if number in {str(p.get("containerPort")) for p in _ports(look)} else "no"
    if probe != "readiness":
        attributes["allowed_seconds"] = int(_time_allowed(probe_spec).total_seconds())
    return attributes


def _question(probe_spec: Obj, port: str) -> str:
    if action := probe_spec.get("httpGet"):
        return f"{str(action.get('scheme') or 'HTTP').lower()} :{port}{action.get('path') or '/'}"
    if action := probe_spec.get("exec"):
        return " ".join(str(word) for word in action.get("command") or [])
    return f"{'grpc' if probe_spec.get('grpc') else 'tcp'} :{port}"


def _reply(look: ContainerView, probe: str, text: str) -> dict[str, Any]:
    answer = _answer_history(look, probe)
    if status := _STATUS.search(text):
        code = status[1] or status[2]
        return {"reply": "status", "status": code, "answered": answer, **_of_tls(look, probe, code)}
    reply = next((name for name, pattern in _REPLIES if pattern.search(text)), "")
    if not reply:
        reply = "ended" if "exec" in _probe_spec(look, probe) else "unknown"
    return {"reply": reply, "answered": answer}


def _of_tls(look: ContainerView, probe: str, status: str) -> dict[str, Any]:
    """That a program which answers 400 to plain HTTP seems to speak TLS, where its port or its settings say so."""
    action = _probe_spec(look, probe).get("httpGet") or {}
    if status != "400" or str(action.get("scheme") or "HTTP").upper() != "HTTP":
        return {}
    names = {str(p.get("containerPort")): str(p.get("name") or "") for p in _ports(look)}
    port = str(action.get("port"))
    settings = [str(v.get("name")) for v in look.container.get("env") or []]
    settings += [str(word) for field in ("command", "args") for word in look.container.get(field) or []]
    is_tls = port in TLS_PORTS or any(_TLS.search(text) for text in (port, names.get(port, ""), *settings))
    return {"tls": "likely"} if is_tls else {}


def _answer_history(look: ContainerView, probe: str) -> str:
    """Whether any run gave a good answer: one that lived longer than a probe allows without one did."""
    if probe == "readiness":
        return _was_ready(look)
    lifetime, probe_spec = lasted(look.last_ended), _probe_spec(look, probe)
    if lifetime is None or not probe_spec:
        return "unknown"
    grace = timedelta(seconds=int(o.spec(look.pod).get("terminationGracePeriodSeconds") or 30))
    late = grace if look.last_ended.get("exitCode") == KILLED else timedelta(0)
    return "never" if lifetime <= _time_allowed(probe_spec) + _period(probe_spec) + late + SLACK else "before"


def _has_outlived(look: ContainerView) -> bool:
    """Whether the present run is older than its liveness probe lets one become that never answers it.

    Ready says it only where a readiness probe asks: without one a container is ready as soon as it runs.
    """
    probe_spec = _probe_spec(look, "liveness")
    if not probe_spec or "readinessProbe" in look.container:
        return True
    return look.now - _start_of(look) > _time_allowed(probe_spec) + _period(probe_spec) + SLACK


def _was_ready(look: ContainerView) -> str:
    """By the Ready condition: it turns when the pod first serves, and is as old as the pod where it never did."""
    turned_at, began = o.instant(o.condition(look.pod, "Ready").get("lastTransitionTime")), o.created_at(look.pod)
    if turned_at is None or began is None:
        return "unknown"
    placed_at = o.instant(o.status(look.pod).get("startTime")) or began
    if turned_at - max(placed_at, began) <= SLACK:
        return "never"
    return "unknown" if look.restarts else "before"


def _probe_spec(look: ContainerView, probe: str) -> Obj:
    return look.container.get(f"{probe}Probe") or {}


def _ports(look: ContainerView) -> list[Obj]:
    return look.container.get("ports") or []


def _period(probe_spec: Obj) -> timedelta:
    return timedelta(seconds=int(probe_spec.get("periodSeconds") or 10))


def _time_allowed(probe_spec: Obj) -> timedelta:
    """From the container's start until the kubelet ends it, where no answer is good."""
    first = timedelta(seconds=int(probe_spec.get("initialDelaySeconds") or 0))
    return first + int(probe_spec.get("failureThreshold") or 3) * _period(probe_spec)


def _start_of(look: ContainerView) -> datetime:
    return o.instant((look.running or {}).get("startedAt")) or look.now
