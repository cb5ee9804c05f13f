"""What must differ between two clusters that behave alike: ids, addresses, times, random parts of names.

Names of pods and ReplicaSets are replaced by the name of what owns them and a number, so that both sides speak of the
same thing by the same name; `comparison` chooses which pod of one side stands for which of the other.
"""

from __future__ import annotations

import re
from typing import Any

Obj = dict[str, Any]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (UUID, "<uid>"),
    (re.compile(r"containerd://[0-9a-f]{64}"), "<container>"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "<digest>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b"), "<ip>"),
    (re.compile(r"\bworker-\d\b"), "<node>"),
    (re.compile(r"\beu-west-1[a-c]\b"), "<zone>"),
    (re.compile(r"\bkube-api-access-[a-z0-9]{5}\b"), "kube-api-access-<random>"),
    (re.compile(r"in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes"), "in <span>. Image size: <size>"),
    (re.compile(r"-----BEGIN CERTIFICATE-----[\s\S]*"), "<certificate>"),
)
OPAQUE_KEYS = (
    *("resourceVersion", "uid", "pod-template-hash", "controller-revision-hash", "reportingInstance"),
    *("currentRevision", "updateRevision"),  # of a StatefulSet: its name and a hash
)


def masked(value: Any, names: dict[str, str], key: str = "") -> Any:
    """`value` with everything masked that belongs to one cluster only; `names` maps real names to stable ones."""
    if isinstance(value, dict):
        if value.get("kind") == "EndpointSlice":  # how often it is written depends on what happens to coincide
            value = {**value, "metadata": {**value["metadata"], "generation": "<generation>"}}
        return {k: masked(v, names, k) for k, v in value.items()}
    if isinstance(value, list):
        return [masked(v, names) for v in value]
    if key in OPAQUE_KEYS:
        return f"<{key}>"
    return text(value, names) if isinstance(value, str) else value


def text(value: str, names: dict[str, str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        if name in value:
            value = value.replace(name, names[name])
    for pattern, replacement in PATTERNS:
        value = pattern.sub(replacement, value)
    return value


def stable_names(objects: list[Obj], events: list[Obj]) -> dict[str, str]:
    """Names with random parts, and what they are called here: by owner, and numbered in the order of creation."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for kind, mark in (("ReplicaSet", "rs"), ("Pod", "pod"), ("EndpointSlice", "slice")):
        of_kind = [o for o in objects if o["kind"] == kind]
        for obj in sorted(of_kind, key=_age):
            name, owner = obj["metadata"]["name"], _owner(obj)
            if not owner or name == owner or _is_ordinal(name, owner):
                continue
            prefix = f"{names.get(owner, owner)}-{mark}"
            counts[prefix] = counts.get(prefix, 0) + 1
            names[name] = f"{prefix}{counts[prefix]}"
    for event in events:
        _name_gone(event, names)
    return names


def _name_gone(event: Obj, names: dict[str, str]) -> None:
    """Events also speak of pods that are gone; those are not told apart."""
    for word in [event["involvedObject"]["name"], *re.findall(r"[a-z0-9-]+", event["message"])]:
        if word in names or not re.fullmatch(r"[a-z0-9-]+-[bcdfghjklmnpqrstvwxz2456789]{5}", word):
            continue
        owner = word[:-6]
        if owner in names or event["involvedObject"]["name"] in (owner, word):
            names[word] = f"{names.get(owner, owner)}-gone"


def _age(obj: Obj) -> tuple[str, int, int, str]:
    meta = obj["metadata"]
    revision = (meta.get("annotations") or {}).get("deployment.kubernetes.io/revision", "0")
    return meta["creationTimestamp"], int(revision), int(meta["resourceVersion"]), meta["name"]


def _owner(obj: Obj) -> str:
    references = obj["metadata"].get("ownerReferences") or []
    return str(references[0]["name"]) if references else ""


def _is_ordinal(name: str, owner: str) -> bool:
    return name.removeprefix(f"{owner}-").isdigit()
