"""What we say about a recorded case: how its images behave, what a person did to it and when. Facts, never statuses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

from sre_lab.scenario import ClusterSpec, ImageProfile, seconds
from sre_lab.scenario.cluster import NodeSpec

FOLDER = Path(__file__).parent / "cases"
TWO_NODES: dict[str, Any] = {
    "nodes": 2,
    "node_cpu": "2",
    "node_memory": "24684096Ki",
    "instance_type": "",
    "metrics_server": False,
}


class Action(BaseModel):
    """What was done `at` seconds after the manifests were applied: a kubectl command given, manifests applied, or the
    facts of a node changed.

    `namespace` is that of the case; another one has what stood beside it in the same cluster.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    at: Annotated[float, BeforeValidator(seconds)]
    run: str = ""
    apply: list[dict[str, Any]] = []
    node: dict[str, NodeSpec] = {}
    namespace: str = ""


class Case(BaseModel):
    """The data file of a case. `floor` is the share of key paths below which its score must not fall."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    images: dict[str, ImageProfile] = {}
    present: dict[str, list[str]] = {}  # images that lie on a node already, by node
    cluster: dict[str, Any] = {}
    manifests: list[dict[str, Any]] = []  # only where the recording kept none
    actions: list[Action] = []
    floor: float = 0.0
    unordered: int = 0  # histories of pods that chance alone decides: so many may go another way

    def shape(self) -> ClusterSpec:
        return ClusterSpec.model_validate(TWO_NODES | self.cluster)


def load(name: str) -> Case:
    return Case.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text()) or {})


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))
