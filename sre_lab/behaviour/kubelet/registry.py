"""What a registry knows about images: their full names, and whether a reference leads to one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from sre_lab.scenario import Scenario
from sre_lab.world import World

_HOST = r"[A-Za-z0-9.-]+(:[0-9]+)?/"
_NAME = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
REFERENCE = re.compile(rf"({_HOST})?({_NAME}/)*{_NAME}(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?")


def references(scenario: Scenario) -> set[str]:
    """Every image that a scenario names: in its manifests, its images and its faults."""
    objects = [
        *scenario.manifests,
        *(part for fault in scenario.faults for part in (*fault.apply, fault.patch)),
    ]
    images = {*scenario.images, *(image for fault in scenario.faults for image in fault.image)}
    return images | set(_images(objects))


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("image"), str):
            yield value["image"]
        for part in value.values():
            yield from _images(part)
    elif isinstance(value, list):
        for part in value:
            yield from _images(part)


def pull_of(world: World, image: str) -> str:
    """How a pull ends: `ok`, `not_found`, `unauthorized` or `registry_down`.

    Whatever nobody declared is there, unless its repository is one that the world's registries hold: then they know of
    no such tag. Recorded worlds do not say what the registries hold.
    """
    profile = world.images.get(image)
    if profile is not None:
        return profile.pull
    if image in world.references:
        return "ok"
    repository = repository_of(image)
    return "not_found" if any(repository_of(reference) == repository for reference in world.references) else "ok"


def repository_of(reference: str) -> str:
    path, slash, name = canonical(reference).partition("@")[0].rpartition("/")
    return path + slash + name.partition(":")[0]


def malformed_reason(reference: str) -> str:
    """Why this cannot be the name of an image, in the runtime's words; empty when it can."""
    path = repository_of(reference).partition("/")[2]
    if path != path.lower():
        return f"invalid reference format: repository name ({path.removeprefix('library/')}) must be lowercase"
    return "" if REFERENCE.fullmatch(reference) else "invalid reference format"


def canonical(reference: str) -> str:
    """The reference as the runtime completes it: `nginx` is `docker.io/library/nginx:latest`."""
    name, _, digest = reference.partition("@")
    host, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif "." not in host and ":" not in host and host != "localhost":
        name = f"docker.io/{name}"
    if digest:
        return f"{name}@{digest}"
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def image_id(reference: str) -> str:
    return f"{repository_of(reference)}@sha256:{hashlib.sha256(reference.encode()).hexdigest()}"


def image_size(reference: str) -> int:
    """Bytes; made from the name, so that one image always has one size."""
    return 20_000_000 + int(hashlib.sha256(reference.encode()).hexdigest()[:7], 16)
