"""What repositories have that are written as public ones are: the right file with its place and value, and a judge.

Half of the layouts, by the hash of their names, were kept aside when the search was written anew. Before, of 296
repositories 162 were answered rightly and in 101 the wrong place was named; kept aside, of 128, 60 and 49."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from mcp_servers.contract.field_changes import FieldChange
from sre_agent.git.location import locate
from sre_agent.git.sources import NotLocated, ObjectName, SourceFile
from tests.git.workloads import Deployment

Keys = tuple[str | int, ...]
Verdict = Literal["right", "not located", "wrong"]


@dataclass(frozen=True)
class Place:
    """A value of a file: in which document, under which keys. `inside` are keys of the YAML in the text found there.
    Without keys it is a part that is added to a kustomization or to a patch of it."""

    path: str
    keys: Keys = ()
    value: Any = None
    document: int = 0
    inside: Keys = ()


@dataclass
class Published:
    """Texts by path, the object, and every place that would be right; none where nothing says it plainly.
    `may_stay_open` says that not to locate it is right too."""

    files: dict[str, str]
    wanted: ObjectName
    right: list[Place] = field(default_factory=list)
    may_stay_open: bool = False
    change: FieldChange | None = None


Make = Callable[[Deployment], Published]
PUBLISHED: dict[str, Make] = {}


def publish(make: Make) -> Make:
    PUBLISHED[make.__name__] = make
    return make


def kept_aside(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def repository(name: str, number: int) -> tuple[Deployment, Published]:
    one = Deployment(sum(map(ord, name)) * 17 + number)
    return one, PUBLISHED[name](one)


def verdict(name: str, number: int) -> tuple[Verdict, str]:
    """What is answered for a repository, and the answer."""
    one, layout = repository(name, number)
    change = layout.change or one.change()
    edits = locate([SourceFile(path, text) for path, text in layout.files.items()], layout.wanted, [change])
    if isinstance(edits, NotLocated):
        return (
            "right" if not layout.right or layout.may_stay_open else "not located"
        ), f"{one.change_kind}: {edits.why}"
    if len(edits) == 1 and any(_is_at(edits[0].before, edits[0].after, place, edits[0].path) for place in layout.right):
        return "right", f"{one.change_kind}: {edits[0].path}"
    return "wrong", f"{one.change_kind}: {[edit.path for edit in edits]}"


def _is_at(before: str, after: str, place: Place, path: str) -> bool:
    if path != place.path:
        return False
    if path.endswith(".env"):
        return sorted(set(after.splitlines()) - set(before.splitlines())) == [place.value]
    old, new = list(yaml.safe_load_all(before)), list(yaml.safe_load_all(after))
    if not place.keys:
        parts = {"images", "replicas", "patches", "spec"}
        keys = {key for pair in zip(old, new, strict=True) for key in pair[1] if pair[0].get(key) != pair[1][key]}
        return bool(keys) and keys <= parts
    value = place.value
    if place.inside:
        inner = yaml.safe_load(_at(old[place.document], place.keys))
        changed = yaml.safe_load(_at(new[place.document], place.keys))
        if changed != _with(inner, place.inside, value):
            return False
        value = _at(new[place.document], place.keys)
    old[place.document] = _with(old[place.document], place.keys, value)
    return new == old


def _at(content: Any, keys: Keys) -> Any:
    for key in keys:
        content = content[key]
    return content


def _with(content: Any, keys: Keys, value: Any) -> Any:
    """A copy of a document with another value under the keys."""
    if not keys:
        return value
    changed: Any = dict(content) if isinstance(content, Mapping) else list(content)
    changed[keys[0]] = _with(content[keys[0]], keys[1:], value)
    return changed


def in_values(one: Deployment, path: str, *under: str | int) -> Place:
    """Where `tests.git.layouts.values` has what is changed."""
    keys: dict[str, Keys] = {
        "tag": ("image", "tag"),
        "replicas": ("replicaCount",),
        "memory": ("resources", "limits", "memory"),
        "variable": ("database", "host"),
        "probe": ("probes", "path"),
        "command": ("command",),
        "selector": ("nodeSelector", "pool"),
    }
    return Place(path, (*under, *keys[one.change_kind]), of_values(one))


def of_values(one: Deployment) -> Any:
    return f"{one.tag}.1" if one.change_kind == "tag" else one.change().after


def in_manifest(one: Deployment, path: str, document: int = 0, *under: str | int) -> Place:
    content: Any = one.manifest()
    keys: list[str | int] = []
    for step in one.change().path:
        key: str | int = step
        if step.startswith("["):
            key = next(n for n, item in enumerate(content) if item["name"] == step[1:-1])
        keys.append(key)
        content = content[key]
    return Place(path, (*under, *keys), one.change().after, document)


class _Blocks(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Blocks.add_representer(str, _text)


def blocks(*values: Any) -> str:
    """Documents whose longer texts stand as blocks."""
    return "---\n".join(yaml.dump(value, Dumper=_Blocks, sort_keys=False) for value in values)


def other_values(one: Deployment) -> dict[str, Any]:
    """Another environment's: in every other repository they are the same."""
    from tests.git.layouts import values

    if one.number % 2:
        return values(one)
    unlike = Deployment(one.number + 5000)
    unlike.name, unlike.repository = one.name, one.repository
    return {**values(unlike), "probes": {"path": "/up"}, "nodeSelector": {"pool": "small"}, "command": ["/bin/x"]}
