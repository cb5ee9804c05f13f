"""What a probe meets when it knocks, by the profile of the image behind it."""

from __future__ import annotations

from sre_lab.behaviour.kubelet.process import ContainerProcess
from sre_lab.objects.store import Obj
from sre_lab.scenario import ProbeProfile


def failure(process: ContainerProcess, container: Obj, probe: Obj, pod_ip: str, now: float) -> str | None:
    """The kubelet's text when the probe fails now, None when it succeeds."""
    status = _status(process, _keys(container, probe), now)
    if "httpGet" in probe:
        get = probe["httpGet"]
        address = f"{get.get('host') or pod_ip}:{_port(container, get['port'])}"
        if status is None:
            url = f"{get.get('scheme', 'HTTP').lower()}://{address}{_path(get)}"
            return f'Get "{url}": dial tcp {address}: connect: connection refused'
        return None if 200 <= status < 400 else f"HTTP probe failed with statuscode: {status}"
    if "tcpSocket" in probe:
        address = f"{probe['tcpSocket'].get('host') or pod_ip}:{_port(container, probe['tcpSocket']['port'])}"
        return f"dial tcp {address}: connect: connection refused" if status is None else None
    if "grpc" in probe:
        if status is None:
            limit = probe.get("timeoutSeconds", 1)
            address = f"{pod_ip}:{probe['grpc']['port']}"
            return f'timeout: failed to connect service "{address}" within {limit}s: context deadline exceeded'
        return None if 200 <= status < 400 else 'service unhealthy (responded with "NOT_SERVING")'
    return None if status is not None and 200 <= status < 400 else ""


def next_change(process: ContainerProcess, container: Obj, probe: Obj, now: float) -> float | None:
    """The next moment at which the answer may become another one, by the profile; None if never."""
    moments = [process.started + process.profile.ready_after]
    moments += [process.since + step.at for step in _steps(process, _keys(container, probe))]
    return min((m for m in moments if m > now), default=None)


def _status(process: ContainerProcess, keys: list[str], now: float) -> int | None:
    if now < process.started + process.profile.ready_after:
        return None  # nothing listens yet
    due = [s for s in _steps(process, keys) if process.since + s.at <= now]
    return max(due, key=lambda s: s.at).status if due else 200


def _steps(process: ContainerProcess, keys: list[str]) -> list[ProbeProfile]:
    return next((process.profile.probes[k] for k in keys if k in process.profile.probes), [])


def _keys(container: Obj, probe: Obj) -> list[str]:
    """The names under which a profile may answer this probe, the most particular first."""
    if "httpGet" in probe:
        get = probe["httpGet"]
        return [_path(get), str(_port(container, get["port"])), str(get["port"])]
    if "tcpSocket" in probe:
        port = probe["tcpSocket"]["port"]
        return [str(_port(container, port)), str(port)]
    if "grpc" in probe:
        return [probe["grpc"].get("service") or "", str(probe["grpc"]["port"])]
    return [" ".join(probe.get("exec", {}).get("command") or [])]


def _path(get: Obj) -> str:
    path = str(get.get("path") or "/")
    return path if path.startswith("/") else f"/{path}"


def _port(container: Obj, port: object) -> object:
    for entry in container.get("ports") or []:
        if entry.get("name") == port:
            return entry["containerPort"]
    return port
