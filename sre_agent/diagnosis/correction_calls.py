"""The write that makes a correction: one entry for each field of a pod template whose right value can be evident.

A Deployment returns to the revision that had the value, as a whole. A value that the tool of its field cannot write, or
that differs in more than it writes, has no call: then a person makes the change that is proposed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from mcp_servers.contract.probes import PROBE_TIMES, PROBE_WAYS
from sre_agent.domain.action import Call
from sre_agent.domain.diagnosis import FieldCorrection

WHOLE: Final = ("revision", "run", "applied")  # sources that are a whole template
Arguments = dict[str, Any]


def call_of(change: FieldCorrection) -> Call | None:
    """The write of one correction; None where no tool can make it."""
    subject = change.subject
    if _returns(change):
        tool, arguments = "kubectl_rollout_undo", dict[str, Any](to_revision=int(change.of))
    elif not change.exact or change.field not in _WRITES:
        return None
    else:
        tool, of_change = _WRITES[change.field]
        own = of_change(change)
        if own is None:
            return None
        is_placed = not change.container or "path" in own  # the path leads into the container
        arguments = own if is_placed else {"container": change.container, **own}
    identity = {"kind": subject.kind, "namespace": subject.namespace, "name": subject.name}
    return Call(server="kubernetes", tool=tool, arguments={**identity, **arguments})


def tool_for(field: str) -> str:
    """The write tool that sets this field of a pod template; empty where none does."""
    return _WRITES[field][0] if field in _WRITES else ""


def alone(changes: Sequence[FieldCorrection]) -> list[FieldCorrection]:
    """Those that are each a correction by themselves: where a revision had several fields otherwise, and no call gives
    all of them back, nobody knows which of them it was."""
    of_revision = [one for one in changes if one.source in WHOLE and not _returns(one)]
    return [one for one in changes if len(of_revision) < 2 or one not in of_revision]


def _returns(change: FieldCorrection) -> bool:
    """Whether the whole revision is returned to."""
    return change.source == "revision" and change.subject.kind == "Deployment"


def _words(change: FieldCorrection) -> Arguments:
    if change.source == "image":  # its own arguments belong to its own program
        return {"command": [], "args": []}
    return {change.field: json.loads(change.value) if change.value else []}


def _variable(change: FieldCorrection) -> Arguments:
    return {"variable": change.name, **({"value": change.value} if change.value else {"remove": True})}


def _label(change: FieldCorrection) -> Arguments:
    return {"label": change.name, **({"value": change.value} if change.value else {"remove": True})}


def _resource(change: FieldCorrection) -> Arguments | None:
    *_, part, resource = change.path.split("/")
    if resource not in ("memory", "cpu") or change.subject.kind == "CronJob":
        return None
    return {f"{resource}_{part.removesuffix('s')}": change.value or "none"}


def _probe(change: FieldCorrection) -> Arguments | None:
    """What two probes that ask in the same way have otherwise; None where one is missing, or more is otherwise."""
    if not (change.now and change.value):
        return None
    now, value = json.loads(change.now), json.loads(change.value)
    way = next((one for one in PROBE_WAYS if one in now and one in value), "")
    fields = {field: (argument, default) for argument, (field, default) in PROBE_TIMES.items()}
    differing = {field for field in {*now, *value} - {way} if now.get(field) != value.get(field)}
    asks = {
        part
        for part in ("path", "port", "host", "scheme", "httpHeaders", "service")
        if way and now[way].get(part) != value[way].get(part)
    }
    if not differing <= fields.keys() or not asks <= {"path", "port"}:
        return None
    times = {fields[field][0]: value.get(field, fields[field][1]) for field in sorted(differing)}
    return {"probe": change.name, **{part: value[way].get(part) for part in sorted(asks)}, **times}


_WRITES: Final[dict[str, tuple[str, Callable[[FieldCorrection], Arguments | None]]]] = {
    "image": ("kubectl_set_image", lambda change: {"image": change.value} if change.value else None),
    "registry": ("kubectl_set_image", lambda change: {"image": change.value} if change.value else None),
    "command": ("kubectl_set_command", _words),
    "args": ("kubectl_set_command", _words),
    "env": ("kubectl_set_env", _variable),
    "probe": ("kubectl_set_probe", _probe),
    "port": ("kubectl_set_probe", lambda change: {"probe": change.name, "port": change.value}),
    "resources": ("kubectl_set_resources", _resource),
    "node_selector": ("kubectl_set_node_selector", _label),
    "reference": ("kubectl_set_reference", lambda change: {"path": change.path, "value": change.value}),
}
