"""How the API tells what differs between two pod specs: field by field, in Go's words, with two fields around each."""

from __future__ import annotations

import json
from typing import Any

from sre_lab.kubernetes.rules.shapes import Obj

# the fields of a pod spec in the server's own order; ~ marks those that are never nil
_FIELDS = (
    *("volumes", "initContainers", "containers", "ephemeralContainers", "~restartPolicy"),
    *("terminationGracePeriodSeconds", "activeDeadlineSeconds", "~dnsPolicy", "nodeSelector", "~serviceAccountName"),
    *("automountServiceAccountToken", "~nodeName", "securityContext", "imagePullSecrets", "~hostname", "~subdomain"),
    *("setHostnameAsFQDN", "affinity", "~schedulerName", "tolerations", "hostAliases", "~priorityClassName"),
    *("priority", "preemptionPolicy", "dnsConfig", "readinessGates", "runtimeClassName", "overhead"),
    *("enableServiceLinks", "topologySpreadConstraints", "os", "schedulingGates", "resourceClaims", "resources"),
)
_INITIALS = {"dns": "DNS", "os": "OS", "fqdn": "FQDN"}
_AROUND = 2
_BLANK = "\u00a0"  # Go puts non-breaking spaces before its lines, lest anybody compare them


def difference(now: Obj, was: Obj, changed: set[str]) -> str:
    """The lines that tell how `now` differs from `was` in the fields `changed`."""
    order = [field.removeprefix("~") for field in _FIELDS]
    places = [place for place, field in enumerate(order) if field in changed]
    near = {p for place in places for p in range(place - _AROUND, place + _AROUND + 1) if 0 <= p < len(order)}
    near |= {p for p in range(len(order)) if p - 1 in near and p + 1 in near}  # a gap of one is no shorter
    width = max((len(_go_name(order[p])) for p in near), default=0) + 1
    lines, skipped = [], 0
    for place, field in enumerate(_FIELDS):
        if place not in near:
            skipped += 1
            continue
        lines += _elision(skipped)
        skipped = 0
        for sign, spec in (("-", was), ("+", now)) if field.removeprefix("~") in changed else ((_BLANK, was),):
            name = f"{_go_name(order[place])}:"
            lines.append(f"{sign}{_BLANK}\t{name:<{width}} {_value_text(field, spec)},")
    return "\n".join([f"{_BLANK * 2}core.PodSpec{{", *lines, *_elision(skipped), f"{_BLANK * 2}}}", ""])


def _elision(count: int) -> list[str]:
    word = "field" if count == 1 else "fields"
    return [f"{_BLANK * 2}\t... // {count} identical {word}"] if count else []


def _go_name(field: str) -> str:
    for start, initials in _INITIALS.items():
        if field.startswith(start) and (field == start or field[len(start)].isupper()):
            return initials + field[len(start) :]
    return field[0].upper() + field[1:]


def _value_text(field: str, spec: Obj) -> str:
    value = spec.get(field.removeprefix("~"))
    if field.startswith("~"):
        return json.dumps(value or "")
    if value is None or value == []:
        return "nil"
    return f"&{_literal(value)}" if not isinstance(value, list) and field != "nodeSelector" else _literal(value)


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_go_name(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(_literal(v) for v in value) + "}"
    return json.dumps(value)
