"""What applies a folder of a repository to a cluster: Flux' Kustomizations and Argo CD's Applications, those of
ApplicationSets too. Pure.

One whose folder, namespace or settings are made by a template, or changed by a kustomization, is `unclear`: it may
apply anything that its path could be, and then nothing there is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from mcp_servers.contract.field_changes import Path, value_at
from sre_agent.git.application_sets import OPEN, ApplicationOfSet, applications_of
from sre_agent.git.manifests import Manifest, manifests
from sre_agent.git.sources import Files, SourceFile, joined, mapping

KINDS: Final = ("Application", "ApplicationSet", "Kustomization")
SOURCE_OVERRIDES: Final = ".argocd-source"  # files with which Argo CD's image updater changes an Application


@dataclass(frozen=True)
class Applier:
    """One folder that is applied. `settings` are its options, which stand at `at` of a document of `file`; `sources`
    are all sources of the same Application. `namespace` is empty where nothing names it. `is_here` is false where it
    applies a chart of a registry, or another repository."""

    tool: Literal["argo", "flux"]
    name: str
    namespace: str
    folder: str
    file: SourceFile
    document: int
    at: Path
    settings: Mapping[str, Any]
    sources: tuple[Mapping[str, Any], ...] = ()
    unclear: str = ""
    is_here: bool = True

    def may_apply(self, folder: str) -> bool:
        """Whether a folder lies in what an unclear one could apply."""
        pattern = "".join("[^/]*" if n % 2 else re.escape(part) for n, part in enumerate(OPEN.split(self.folder)))
        return re.match(rf"{pattern}(?:/|$)", folder) is not None


def appliers(files: Files, patches: set[str]) -> list[Applier]:
    """All of a repository. `patches` are the paths of the files that kustomizations use as patches."""
    result: list[Applier] = []
    changed = {(one.kind, one.name) for path in patches if (file := files.get(path)) for one in manifests(file)}
    repositories = git_repositories(files)
    for file in files.by_path.values():
        if file.path in patches or not any(kind in file.text for kind in KINDS):
            continue
        for manifest in manifests(file):
            for one in _of(files, manifest, repositories):
                is_patched = (manifest.kind, manifest.name) in changed
                why = f"a kustomization changes {manifest.kind} {manifest.name}." if is_patched else one.unclear
                result.append(replace(one, unclear=why))
    return result


def git_repositories(files: Files) -> Mapping[str, Mapping[str, Any]]:
    """The specs of Flux' GitRepositories by their names."""
    every = [one for file in files.by_path.values() if "GitRepository" in file.text for one in manifests(file)]
    return {one.name: mapping(one.content.get("spec")) for one in every if one.kind == "GitRepository"}


def is_source_here(files: Files, reference: Mapping[str, Any], repositories: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a source of Flux may be this repository on this branch."""
    spec = mapping(repositories.get(str(reference.get("name"))))
    branch = str(mapping(spec.get("ref")).get("branch") or "")
    is_git = reference.get("kind") in (None, "GitRepository")
    return is_git and files.origin.is_address(str(spec.get("url") or "")) and files.origin.is_revision(branch)


def _of(files: Files, manifest: Manifest, repositories: Mapping[str, Mapping[str, Any]]) -> Iterator[Applier]:
    group = str(manifest.content.get("apiVersion", "")).partition("/")[0]
    if manifest.kind == "Kustomization" and group.endswith(".fluxcd.io"):
        yield _flux(files, manifest, repositories)
    elif manifest.kind == "Application" and group == "argoproj.io":
        whole = ApplicationOfSet(manifest.name, mapping(manifest.content.get("spec")))
        yield from _argo(files, manifest, whole, ("spec",))
    elif manifest.kind == "ApplicationSet" and group == "argoproj.io":
        for one in applications_of(files, manifest.content):
            yield from _argo(files, manifest, one, ("spec", "template", "spec"))


def _flux(files: Files, manifest: Manifest, repositories: Mapping[str, Mapping[str, Any]]) -> Applier:
    spec = mapping(manifest.content.get("spec"))
    path, namespace = str(spec.get("path") or ""), str(spec.get("targetNamespace") or "")
    unclear = "its path is filled in." if "${" in path + namespace else ""
    is_here = is_source_here(files, mapping(spec.get("sourceRef")), repositories)
    return Applier(
        "flux", manifest.name, namespace, joined("", path), manifest.file, manifest.document, ("spec",), spec,
        unclear=_because(manifest, unclear), is_here=is_here,
    )  # fmt: skip


def _argo(files: Files, manifest: Manifest, one: ApplicationOfSet, at: Path) -> Iterator[Applier]:
    every = one.spec.get("sources")
    sources = [mapping(source) for source in every] if isinstance(every, list) else [mapping(one.spec.get("source"))]
    namespace = str(value_at(one.spec, ("destination", "namespace")) or "")
    for n, source in enumerate(sources):
        if "path" not in source and "chart" not in source:
            continue
        folder = joined("", str(source.get("path") or ""))
        place = (*at, "sources", str(n)) if isinstance(every, list) else (*at, "source")
        unclear = one.unclear or _unclear(files, folder, source, namespace)
        address = "" if OPEN.search(str(source.get("repoURL"))) else str(source.get("repoURL") or "")
        yield Applier(
            "argo", one.name, "" if OPEN.search(namespace) else namespace, folder, manifest.file, manifest.document,
            place, source, tuple(sources), _because(manifest, unclear),
            "path" in source and files.origin.is_address(address),
        )  # fmt: skip


def _unclear(files: Files, folder: str, source: Mapping[str, Any], namespace: str) -> str:
    if OPEN.search(str(source)) or OPEN.search(namespace):
        return "a template fills it in."
    if not files.origin.is_revision(str(source.get("targetRevision") or "")):
        return f"it applies the revision {source.get('targetRevision')}."
    if source.get("plugin") is not None:
        return "a plugin makes what it applies."
    if any(file.path.rpartition("/")[2].startswith(SOURCE_OVERRIDES) for file in files.in_folder(folder)):
        return f"a file {SOURCE_OVERRIDES}*.yaml changes what it applies."
    return ""


def _because(manifest: Manifest, why: str) -> str:
    return f"{manifest.kind} {manifest.name} in {manifest.file.path} is not followed: {why}" if why else ""
