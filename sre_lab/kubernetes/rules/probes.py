"""Probes and lifecycle hooks: exactly one handler, sensible numbers."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms
from sre_lab.kubernetes.rules.shapes import Causes, Obj, inner, items, not_negative, number, port
from sre_lab.kubernetes.statuses import forbidden_value, invalid_value, required_value, unsupported_value

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_SCHEMES = ("HTTP", "HTTPS")


def probes(container: Obj, path: str) -> Causes:
    for name in PROBES:
        if container.get(name) is not None:
            yield from _probe(name, inner(container, name), f"{path}.{name}")


def lifecycle(container: Obj, path: str, grace: int | None) -> Causes:
    hooks = inner(container, "lifecycle")
    for name in ("postStart", "preStop"):
        if hooks.get(name) is not None:
            yield from _handler(inner(hooks, name), f"{path}.lifecycle.{name}", _HOOK_HANDLERS, grace)


def _probe(name: str, probe: Obj, path: str) -> Causes:
    yield from _handler(probe, path, _HANDLERS, None)
    yield from not_negative(probe, path, *_NUMBERS)
    seconds = number(probe, "terminationGracePeriodSeconds")
    if seconds is not None and seconds <= 0:
        yield invalid_value(f"{path}.terminationGracePeriodSeconds", seconds, "must be greater than 0")
    if name == "readinessProbe":
        if seconds is not None:
            detail = "must not be set for readinessProbes"
            yield invalid_value(f"{path}.terminationGracePeriodSeconds", seconds, detail)
    elif number(probe, "successThreshold") not in (None, 1):
        yield invalid_value(f"{path}.successThreshold", probe["successThreshold"], "must be 1")


def _handler(owner: Obj, path: str, kinds: tuple[str, ...], grace: int | None) -> Causes:
    present = [kind for kind in kinds if owner.get(kind) is not None]
    if not present:
        yield required_value(path, "must specify a handler type")
        return
    yield from _action(present[0], inner(owner, present[0]), f"{path}.{present[0]}", grace)
    for kind in present[1:]:
        yield forbidden_value(f"{path}.{kind}", "may not specify more than 1 handler type")


def _action(kind: str, action: Obj, path: str, grace: int | None) -> Causes:
    if kind == "exec":
        if not action.get("command"):
            yield required_value(f"{path}.command")
    elif kind == "sleep":
        seconds = number(action, "seconds") or 0
        if grace is not None and not 0 < seconds <= grace:
            detail = f"must be greater than 0 and less than terminationGracePeriodSeconds ({grace})"
            yield invalid_value(path, seconds, detail)
    elif kind == "httpGet":
        if not action.get("path", "/"):
            yield required_value(f"{path}.path")
        yield from port(action.get("port"), f"{path}.port")
        if action.get("scheme", "HTTP") not in _SCHEMES:
            yield unsupported_value(f"{path}.scheme", action["scheme"], _SCHEMES)
        for _, header in items(action, "httpHeaders"):
            for problem in forms.header_name(str(header.get("name", ""))):
                yield invalid_value(f"{path}.httpHeaders", header.get("name", ""), problem)
    else:
        yield from port(action.get("port"), f"{path}.port")
