"""What a cluster on AWS has installed beside the workloads: one data file each, with images' behaviour and manifests.

A scenario names the ones that matter to it. Without them the lab takes what they do for granted.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml
from pydantic import Field

from sre_lab.scenario import ImageProfile
from sre_lab.scenario.schema import ScenarioError, ScenarioPart


class Addon(ScenarioPart):
    images: dict[str, ImageProfile] = Field(default_factory=dict)
    manifests: list[dict[str, Any]]


def names() -> list[str]:
    folder = resources.files("sre_lab") / "addons"
    return sorted(p.name.removesuffix(".yaml") for p in folder.iterdir() if p.name.endswith(".yaml"))


def load(name: str) -> Addon:
    """ScenarioError when there is no such addon; it lists those that exist."""
    if name not in names():
        raise ScenarioError(f"There is no addon {name!r}. There are: {', '.join(names())}.")
    text = (resources.files("sre_lab") / "addons" / f"{name}.yaml").read_text(encoding="utf-8")
    return Addon.model_validate(yaml.load(text, yaml.CSafeLoader))
