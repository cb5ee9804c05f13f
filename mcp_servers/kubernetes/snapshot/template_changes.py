"""What differs between two pod templates, in words: the changes that a rollout brought."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_WHOLE: Final = ("command", "args", "workingDir", "ports", "lifecycle", "securityContext", "imagePullPolicy")
_POD: Final = ("serviceAccountName", "nodeSelector", "tolerations", "affinity", "priorityClassName", "hostNetwork")
_POD_WHOLE: Final = ("imagePullSecrets", "securityContext", "dnsConfig", "terminationGracePeriodSeconds")
_ABOUT: Final = {
    "new_image": re.compile(r"image of "),
    "resources": re.compile(r"(?<!\S)\S++ (?:limit|request) of |container .{0,300} added"),
    "placement": re.compile(r"(?:nodeSelector|tolerations|affinity|priorityClassName|hostNetwork|ports of)"),
    "volumes": re.compile(r"volume"),
    "security": re.compile(r"securityContext|hostNetwork|serviceAccountName"),
}


def changes(before: Obj, now: Obj) -> list[str]:
    """Sentences such as `image of web: a -> b`; `restart` where nothing else changed than a restart's mark."""
    sentences: list[str] = []
    for field in ("initContainers", "containers"):
        old = {c.get("name"): c for c in o.spec(before).get(field) or []}
        new = {c.get("name"): c for c in o.spec(now).get(field) or []}
        old_names, new_names = [name for name in old if name not in new], [name for name in new if name not in old]
        if len(old_names) == len(new_names) == 1 and _repository(old[old_names[0]]) == _repository(new[new_names[0]]):
            sentences.append(f"container {old_names[0]} renamed {new_names[0]}")
            old[new_names[0]] = old[old_names[0]]
            old_names = []
        sentences += [f"container {name} removed ({old[name].get('image', '')})" for name in old_names]
        for name, container in new.items():
            if name not in old:
                sentences.append(f"container {name} added ({container.get('image', '')})")
            else:
                sentences += [f"{what} of {name}{how}" for what, how in _container(old[name], container)]
    sentences += _volumes(before, now)
    sentences += [
        f"{field}{_from_to(o.spec(before).get(field), o.spec(now).get(field))}"
        for field in (*_POD, *_POD_WHOLE)
        if o.spec(before).get(field) != o.spec(now).get(field)
    ]
    sentences += _metadata(before, now)
    if not sentences and o.marks(before).get(RESTARTED) != o.marks(now).get(RESTARTED):
        return ["restart"]
    return sentences


def _repository(container: Obj) -> str:
    """An image without its tag and digest; a port of the registry is neither."""
    path, slash, last = str(container.get("image") or "").partition("@")[0].rpartition("/")
    return path + slash + last.partition(":")[0]


def affected_parts(sentences: list[str]) -> dict[str, bool]:
    """What the sentences of `changes` are about, by the names that a rule can ask for; only what is true."""
    about = {"restart": sentences == ["restart"]}
    about |= {name: any(words.match(one) for one in sentences) for name, words in _ABOUT.items()}
    return {name: True for name, holds in about.items() if holds}


def _container(old: Obj, new: Obj) -> list[tuple[str, str]]:
    differences = []
    if old.get("image") != new.get("image"):
        differences.append(("image", _from_to(old.get("image"), new.get("image"))))
    differences += _env(old, new)
    for part in ("limits", "requests"):
        one, other = ((c.get("resources") or {}).get(part) or {} for c in (old, new))
        for what in sorted({*one, *other}):
            if one.get(what) != other.get(what):
                differences.append((f"{what} {part.removesuffix('s')}", _from_to(one.get(what), other.get(what))))
    for field in (*_WHOLE, *_PROBES):
        if old.get(field) != new.get(field):
            differences.append((field, _from_to(old.get(field), new.get(field))))
    if _by_key(old.get("volumeMounts"), "mountPath") != _by_key(new.get("volumeMounts"), "mountPath"):
        differences.append(("volumeMounts", " changed"))
    return differences


def _env(old: Obj, new: Obj) -> list[tuple[str, str]]:
    one, other = _by_key(old.get("env"), "name"), _by_key(new.get("env"), "name")
    differences = []
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) == other.get(name):
            continue
        if name not in other:
            differences.append((f"env {name}", " removed"))
        elif name not in one:
            differences.append((f"env {name}", f" added ({_value(other[name])})"))
        else:
            differences.append((f"env {name}", f": {_value(one[name])} -> {_value(other[name])}"))
    sources = [json.dumps(c.get("envFrom") or [], sort_keys=True) for c in (old, new)]
    if sources[0] != sources[1]:
        differences.append(("envFrom", f": {_sources(old)} -> {_sources(new)}"))
    return differences


def _value(variable: Obj) -> str:
    """What a variable is set to: its source, or its value unless that looks like a secret."""
    source = variable.get("valueFrom") or {}
    for field, word in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        if reference := source.get(field):
            return f"key {reference.get('key')} of {word} {reference.get('name')}"
    value = str(variable.get("value", ""))
    if o.is_secret(str(variable.get("name", "")), value):
        return "[redacted:secret]"
    return excerpt(value, 60) if value else ("from a field" if source else "empty")


def _sources(container: Obj) -> str:
    names = [
        f"{word} {reference.get('name')}"
        for entry in container.get("envFrom") or []
        for field, word in (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))
        if (reference := entry.get(field))
    ]
    return ", ".join(names) or "none"


def _volumes(before: Obj, now: Obj) -> list[str]:
    one, other = _by_key(o.spec(before).get("volumes"), "name"), _by_key(o.spec(now).get("volumes"), "name")
    differences = [f"volume {name} removed" for name in one if name not in other]
    differences += [f"volume {name} added" for name in other if name not in one]
    differences += [
        f"volume {name}{_from_to(_without(one[name], 'name'), _without(other[name], 'name'))}"
        for name in other
        if name in one and one[name] != other[name]
    ]
    return differences


def _metadata(before: Obj, now: Obj) -> list[str]:
    old = {k: v for k, v in o.labels(before).items() if k not in o.TEMPLATE_HASHES}
    new = {k: v for k, v in o.labels(now).items() if k not in o.TEMPLATE_HASHES}
    differences = [
        f"label {k}{_from_to(old.get(k), new.get(k))}" for k in sorted({*old, *new}) if old.get(k) != new.get(k)
    ]
    one, other = ({k: v for k, v in o.marks(t).items() if k != RESTARTED} for t in (before, now))
    return differences + [f"annotation {k} changed" for k in sorted({*one, *other}) if one.get(k) != other.get(k)]


def _by_key(entries: Any, key: str) -> dict[str, Any]:
    return {str(e.get(key, "")): e for e in entries or []}


def _without(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if k != key}


def _from_to(one: Any, other: Any) -> str:
    return f": {_short(one)} -> {_short(other)}"


def _short(value: Any) -> str:
    if value in (None, "", [], {}):
        return "none"
    return excerpt(value if isinstance(value, str) else json.dumps(value, sort_keys=True), 90)
