"""What repositories have that are written as public ones are: the right file with its place and value, and a judge.

Every other layout, by the hash of its name, is kept aside: it is measured, and no code is written for it."""

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


def published(make: Make) -> Make:
    PUBLISHED[make.__name__] = make
    return make


def kept_aside(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def repository(name: str, number: int) -> tuple[Deployment, Published]:
    one = Deployment(sum(map(ord, name)) * 17 + number)
    return one, PUBLISHED[name](one)


def verdict(name: str, number: int) -> tuple[Verdict, str]:
    """What is answered for a repository, and the answer."""
    one, made = repository(name, number)
    change = made.change or one.change()
    edits = locate([SourceFile(path, text) for path, text in made.files.items()], made.wanted, [change])
    if isinstance(edits, NotLocated):
        return ("right" if not made.right or made.may_stay_open else "not located"), f"{one.change_kind}: {edits.why}"
    if len(edits) == 1 and any(_is_at(edits[0].before, edits[0].after, place, edits[0].path) for place in made.right):
        return "right", f"{one.change_kind}: {edits[0].path}"
    return "wrong", f"{one.change_kind}: {[edit.path for edit in edits]}"


def _is_at(before: str, after: str, place: Place, path: str) -> bool:
    if path != place.path:
        return False
    if path.endswith(".env"):
        return sorted(set(after.splitlines()) - set(before.splitlines())) == [place.value]
    old, new = list(yaml.safe_load_all(before)), list(yaml.safe_load_all(after))
    changed = [(n, *entry) for n, pair in enumerate(zip(old, new, strict=True)) for entry in _differences(*pair)]
    if not place.keys:
        parts = {"images", "replicas", "patches", "patchesStrategicMerge", "spec"}
        return bool(changed) and all(keys and keys[0] in parts for _, keys, _ in changed)
    if not place.inside:
        return changed == [(place.document, place.keys, place.value)]
    if len(changed) != 1 or changed[0][:2] != (place.document, place.keys):
        return False
    inner = [yaml.safe_load(_at(side[place.document], place.keys)) for side in (old, new)]
    return _differences(*inner) == [(place.inside, place.value)]


def _at(content: Any, keys: Keys) -> Any:
    for key in keys:
        content = content[key]
    return content


def _differences(before: Any, after: Any, at: Keys = ()) -> list[tuple[Keys, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [*before, *(name for name in after if name not in before)]
        return [entry for name in names for entry in _differences(before.get(name), after.get(name), (*at, name))]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        if all(isinstance(item, str) for item in before):
            return [] if before == after else [(at, after)]
        return [
            entry for n, pair in enumerate(zip(before, after, strict=True)) for entry in _differences(*pair, (*at, n))
        ]
    return [] if before == after and type(before) is type(after) else [(at, after)]


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
