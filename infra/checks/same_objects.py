"""Whether two ways to install the responder on Kubernetes make the same objects of it.

The chart and the kustomize overlays are written twice because Helm and kustomize cannot read each other. What is
tested by one of them holds for the other only as long as nobody changes one of the two alone.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from typing import Any, Final

import yaml

Obj = dict[str, Any]
Key = tuple[str, str, str]  # kind, namespace, name
OF_HELM: Final = ("app.kubernetes.io/managed-by", "helm.sh/chart")  # labels
CHECKSUM: Final = "checksum/settings"  # the annotation that restarts the responder: kustomize renames its ConfigMap
PROFILE: Final = "sre-agent-profile"


def objects(text: str) -> dict[Key, Obj]:
    """The objects in a stream of YAML, without what only one of the two tools adds."""
    plain = [_plain(one) for one in yaml.safe_load_all(text) if one]
    return {(one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one for one in plain}


def differences(chart: dict[Key, Obj], overlay: dict[Key, Obj]) -> Iterator[str]:
    """What is not the same, a line each."""
    for key in sorted(chart.keys() | overlay.keys()):
        name = "/".join(part for part in key if part)
        if key not in chart or key not in overlay:
            yield f"{name}: only {'the overlay' if key in overlay else 'the chart'} has it"
        else:
            yield from (f"{name}: {line}" for line in _unequal("", chart[key], overlay[key]))


def _plain(one: Obj) -> Obj:
    plain = copy.deepcopy(one)
    for label in OF_HELM:
        plain["metadata"].get("labels", {}).pop(label, None)
    if plain["kind"] == "ConfigMap" and plain["metadata"]["name"].startswith(PROFILE):
        plain["metadata"]["name"] = PROFILE
        plain["data"] = {name: tomllib.loads(text) for name, text in plain["data"].items()}
    if plain["kind"] in ("Deployment", "CronJob"):
        template = plain["spec"]["template"] if plain["kind"] == "Deployment" else _job_template(plain)
        annotations = template["metadata"].get("annotations", {})
        annotations.pop(CHECKSUM, None)
        if not annotations:
            template["metadata"].pop("annotations", None)
        for volume in template["spec"]["volumes"]:
            if volume.get("configMap", {}).get("name", "").startswith(PROFILE):
                volume["configMap"]["name"] = PROFILE
    return plain


def _job_template(cron_job: Obj) -> Obj:
    template: Obj = cron_job["spec"]["jobTemplate"]["spec"]["template"]
    return template


def _unequal(path: str, chart: object, overlay: object) -> Iterator[str]:
    if isinstance(chart, dict) and isinstance(overlay, dict):
        for name in sorted(chart.keys() | overlay.keys()):
            yield from _unequal(f"{path}.{name}", chart.get(name), overlay.get(name))
    elif isinstance(chart, list) and isinstance(overlay, list) and len(chart) == len(overlay):
        for number, (one, other) in enumerate(zip(chart, overlay, strict=True)):
            yield from _unequal(f"{path}[{number}]", one, other)
    elif chart != overlay:
        yield f"{path.removeprefix('.')} is {chart!r} in the chart and {overlay!r} in the overlay"
