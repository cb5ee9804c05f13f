"""Which folders of a repository are applied into which namespace, as Flux' and Argo CD's own objects say. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sre_agent.git.manifests import Manifest, manifests
from sre_agent.git.sources import Files, joined


def applied_into(files: Files) -> dict[str, set[str]]:
    """The namespaces by folder, only of folders for which one is named."""
    result: dict[str, set[str]] = {}
    for file in files.by_path.values():
        if "Application" not in file.text and "Kustomization" not in file.text:
            continue
        for manifest in manifests(file):
            for folder, namespace in _of(manifest):
                result.setdefault(folder, set()).add(namespace)
    return result


def _of(manifest: Manifest) -> Iterator[tuple[str, str]]:
    spec = _mapping(manifest.content.get("spec"))
    group = str(manifest.content.get("apiVersion", "")).partition("/")[0]
    if manifest.kind == "Kustomization" and group.endswith(".fluxcd.io"):
        path, namespace = spec.get("path"), spec.get("targetNamespace")
    elif manifest.kind == "Application" and group == "argoproj.io":
        path = _mapping(spec.get("source")).get("path")
        namespace = _mapping(spec.get("destination")).get("namespace")
    else:
        return
    if isinstance(path, str) and isinstance(namespace, str):
        yield joined("", path), namespace


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
