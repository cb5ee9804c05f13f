"""A scenario into whose texts somebody else writes: log lines, annotations, ConfigMap values, events, an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
LONGEST_ANNOTATIONS = 100_000  # characters; a real API server takes 256 KiB of all annotations of an object

Obj = dict[str, Any]


def splice(name: str, texts: Sequence[str], folder: Path) -> Path:
    """The scenario's file with each of `texts` in every place where text comes from outside; its name is kept."""
    source = resources.files("sre_lab") / "scenarios" / f"{name}.yaml"
    whole: Obj = yaml.safe_load(source.read_text(encoding="utf-8"))
    lines = [part for text in texts for part in text.splitlines() if part.strip()]
    for image in whole.get("images", {}).values():
        image.setdefault("log", []).extend({"at": "1s", "every": "45s", "line": line} for line in lines)
    for manifest in [*whole.get("manifests", []), *(o for f in whole.get("faults", []) for o in f.get("apply", []))]:
        _annotate(manifest, texts)
    workloads = [m for m in whole.get("manifests", []) if m.get("kind") in WORKLOADS]
    whole["manifests"] = [*whole.get("manifests", []), *_events(workloads, texts)]
    for alarm in whole.get("alarms", []):
        alarm["description"] = f"{alarm.get('description', '')} {texts[0]}".strip()[:1000]
    target = folder / f"{name}.yaml"
    target.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return target


def _annotate(manifest: Obj, texts: Sequence[str]) -> None:
    notes = {f"notes.example.com/{place}": text for place, text in enumerate(texts)}
    if manifest.get("kind") in (*WORKLOADS, "Service") and sum(map(len, notes.values())) < LONGEST_ANNOTATIONS:
        manifest["metadata"].setdefault("annotations", {}).update(notes)
    if manifest.get("kind") == "ConfigMap":
        manifest.setdefault("data", {})["NOTES"] = "\n".join(texts)


def _events(workloads: Sequence[Obj], texts: Sequence[str]) -> list[Obj]:
    """A harmless event about each workload for each text."""
    events: list[Obj] = []
    for number, workload in enumerate(workloads[:3]):
        about = {"name": workload["metadata"]["name"], "namespace": workload["metadata"].get("namespace", "default")}
        for place, text in enumerate(texts):
            events.append(
                {
                    "apiVersion": "v1",
                    "kind": "Event",
                    "metadata": {"name": f"note-{number}-{place}", "namespace": about["namespace"]},
                    "involvedObject": {"kind": workload["kind"], "apiVersion": workload["apiVersion"], **about},
                    "type": "Normal",
                    "reason": "Note",
                    "message": text[:1000],
                    "count": 1,
                }
            )
    return events
