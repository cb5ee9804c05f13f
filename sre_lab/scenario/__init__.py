"""A scenario is a data file: what runs, how it behaves, what breaks, and what must be true at the end.

Nothing in it is a status or a symptom. A fault is a change of a declared fact (a manifest, an image's behaviour, a
dependency's state); the world derives everything that a responder can see from these facts.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from sre_lab.scenario.account import AlarmSpec, OpsItemSpec, RunbookSpec, TableSpec
from sre_lab.scenario.cluster import ClusterSpec
from sre_lab.scenario.expectation import ExpectedResponse
from sre_lab.scenario.faults import Fault
from sre_lab.scenario.images import ImageProfile, LogLine, MemoryProfile, ProbeProfile, ProcessExit
from sre_lab.scenario.schema import ScenarioError, ScenarioPart, Span, seconds
from sre_lab.scenario.services import Dependency, Traffic

__all__ = [
    "AlarmSpec",
    "ClusterSpec",
    "Dependency",
    "ExpectedResponse",
    "Fault",
    "ImageProfile",
    "LogLine",
    "MemoryProfile",
    "OpsItemSpec",
    "ProbeProfile",
    "ProcessExit",
    "RunbookSpec",
    "Scenario",
    "ScenarioError",
    "TableSpec",
    "Traffic",
    "load",
    "names",
    "seconds",
]


class Scenario(ScenarioPart):
    """The whole file. `history` is simulated before the lab serves its first request."""

    name: str
    title: str
    story: str
    cluster: ClusterSpec = ClusterSpec()
    history: Span = 1800.0
    seed: int = 1
    addons: list[str] = []  # what is installed in kube-system beside it, see sre_lab/addons
    images: dict[str, ImageProfile] = {}
    manifests: list[dict[str, Any]]
    traffic: list[Traffic] = []
    dependencies: list[Dependency] = []
    tables: list[TableSpec] = []
    alarms: list[AlarmSpec] = []
    runbooks: list[RunbookSpec] = []
    ops_items: list[OpsItemSpec] = []
    faults: list[Fault] = []
    trigger: str = Field(description="name of the alarm that starts the incident")
    approval: bool = Field(default=False, description="whether the demo policy is expected to ask for approval")
    expected: ExpectedResponse | None = Field(
        default=None, description="the expected response; every shipped scenario has one"
    )


def names() -> list[str]:
    """The shipped scenarios, default first, the others by name."""
    names = sorted(p.name.removesuffix(".yaml") for p in _folder().iterdir() if p.name.endswith(".yaml"))
    return sorted(names, key=lambda n: n != "payday-evening")


def load(name_or_path: str) -> Scenario:
    """A shipped scenario by name, or any file by path. ScenarioError says what exists or which field is wrong."""
    if name_or_path in names():
        text = (_folder() / f"{name_or_path}.yaml").read_text(encoding="utf-8")
    elif Path(name_or_path).is_file():
        text = Path(name_or_path).read_text(encoding="utf-8", errors="replace")
    else:
        alike = get_close_matches(name_or_path, names(), n=1)
        near = f" Did you mean {alike[0]!r}?" if alike else ""
        raise ScenarioError(
            f"No such scenario: {name_or_path!r}.{near} Shipped: {', '.join(names())}. Or give a scenario file."
        )
    try:
        return Scenario.model_validate(yaml.load(text, yaml.CSafeLoader))
    except (ValueError, yaml.YAMLError) as problem:
        raise ScenarioError(f"Scenario {name_or_path!r} cannot be read: {problem}") from problem


def _folder() -> Any:
    return resources.files("sre_lab") / "scenarios"
