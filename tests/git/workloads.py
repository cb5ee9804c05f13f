"""Workloads as people write them down, by number: names, quotes, comments and order vary."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import yaml

from mcp_servers.contract.field_changes import FieldChange, value_at, with_value

NAMES = ("ledger", "parcel-api", "tickets", "quotes", "badge-printer", "orchard", "tidewater", "catalog-sync", "meter")
TEAMS = ("shop", "billing", "logistics", "press", "harbour", "atlas")
REGISTRIES = (
    "registry.example.com/team",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    "ghcr.example/acme",
    "docker.example:5000/x",
)
CHANGES = ("tag", "replicas", "memory", "variable", "probe", "command", "selector", "tag")


@dataclass
class Deployment:
    """A workload by number, and one change of it."""

    number: int
    change_kind: str = ""
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.number)
        self.name = self.chance.choice(NAMES)
        self.namespace = self.chance.choice(TEAMS)
        self.container = self.chance.choice((self.name, "app", "server"))
        self.repository = f"{self.chance.choice(REGISTRIES)}/{self.name}"
        self.tag = f"{self.chance.randint(1, 4)}.{self.chance.randint(0, 30)}"
        self.replicas = self.chance.randint(2, 6)
        self.memory = f"{self.chance.choice((128, 192, 256, 384))}Mi"
        self.host = f"{self.chance.choice(NAMES)}-db"
        self.change_kind = self.change_kind or CHANGES[self.number % len(CHANGES)]

    @property
    def image(self) -> str:
        return f"{self.repository}:{self.tag}"

    def manifest(self, **metadata: Any) -> dict[str, Any]:
        container = {
            "name": self.container,
            "image": self.image,
            "command": ["/bin/serve", f"--port={8080 + self.number}"],
            "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_HOST", "value": self.host}],
            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080 + self.number}},
            "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": self.memory}},
        }
        labels = {"app": self.name}
        pod = {"containers": [container], "nodeSelector": {"pool": "general"}}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name, "labels": labels, **metadata},
            "spec": {
                "replicas": self.replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        }

    def change(self) -> FieldChange:
        """What is to be changed of it, from what it is."""
        spec = ("spec", "template", "spec")
        one = (*spec, "containers", f"[{self.container}]")
        ways: dict[str, tuple[tuple[str, ...], Any]] = {
            "tag": ((*one, "image"), f"{self.repository}:{self.tag}.1"),
            "replicas": (("spec", "replicas"), self.replicas + 2),
            "memory": ((*one, "resources", "limits", "memory"), "777Mi"),
            "variable": ((*one, "env", "[DB_HOST]", "value"), f"{self.host}-primary"),
            "probe": ((*one, "readinessProbe", "httpGet", "path"), "/healthz"),
            "command": ((*one, "command"), ["/bin/serve", "--port=9"]),
            "selector": ((*spec, "nodeSelector", "pool"), "burst"),
        }
        path, after = ways[self.change_kind]
        return FieldChange(path=path, before=value_at(self.manifest(), path), after=after)

    def changed(self) -> dict[str, Any]:
        """Its manifest with the change made."""
        change = self.change()
        return dict(with_value(self.manifest(), change.path, change.after))

    def bystander(self, offset: int = 1) -> Deployment:
        """Another workload of the same team, whose name looks alike."""
        other = Deployment(self.number + 1000 * offset)
        other.name, other.namespace = f"{self.name}-{('worker', 'cache', 'jobs')[offset % 3]}", self.namespace
        return other


def write(value: Any, chance: random.Random) -> str:
    """YAML as people leave it: a comment here, an empty line there, lists indented or not."""
    dumper = _Indented if chance.random() < 0.5 else yaml.SafeDumper
    lines = yaml.dump(value, Dumper=dumper, sort_keys=False).splitlines()
    result: list[str] = []
    for line in lines:
        if chance.random() < 0.06:
            result.append(
                " " * (len(line) - len(line.lstrip()))
                + f"# {chance.choice(('see the wiki', 'do not touch', 'TODO: image: x'))}"
            )
        comment = (
            "  # " + chance.choice(("was 2 before", "per environment"))
            if chance.random() < 0.08 and not line.endswith(":")
            else ""
        )
        result.append(line + comment)
        if chance.random() < 0.03:
            result.append("")
    return "\n".join(result) + "\n"


class _Indented(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)
