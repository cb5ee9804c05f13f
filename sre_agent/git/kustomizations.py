"""Which objects a kustomization builds, out of which manifests, through which layers. Pure: nothing is built.

Only what decides where a field is declared is read: resources, components, prefixes and suffixes, the namespace,
patches, images and replicas. What Flux or Argo CD lay over a folder that they apply is one more layer, the outermost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from mcp_servers.contract.field_changes import Path
from sre_agent.git.appliers import Applier, appliers, git_repositories
from sre_agent.git.manifests import Manifest, manifests
from sre_agent.git.sources import Files, ObjectName, SourceFile, joined, mapping, sequence
from sre_agent.git.yaml_text import NotEditableError, documents

FILE_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
CHART_FILE: Final = "Chart.yaml"
DEPTH: Final = 12  # layers over each other, more is a circle
_PATCH_KEYS: Final = ("patches", "patchesJson6902")


@dataclass(frozen=True)
class Layer:
    """One kustomization file, or what an applier lays over a folder: `content` stands at `at` of a document."""

    file: SourceFile
    content: Mapping[str, Any]
    folder: str
    document: int = 0
    at: Path = ()
    applier: Applier | None = None

    @property
    def key(self) -> str:
        """The place of its settings: all that an ApplicationSet makes share one."""
        return f"{self.file.path}#{self.document}#{'.'.join(self.at)}" if self.applier else self.file.path

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells it from the others of the same place."""
        name, namespace = (self.applier.name, self.applier.namespace) if self.applier else ("", "")
        return self.key, self.folder, name, namespace

    def texts(self, *keys: str) -> list[str]:
        return [item for key in keys for item in sequence(self.content.get(key)) if isinstance(item, str)]

    def items(self, key: str) -> list[Mapping[str, Any]]:
        return [item for item in sequence(self.content.get(key)) if isinstance(item, Mapping)]

    @property
    def patch_files(self) -> set[str]:
        """The paths of the files that it uses as patches."""
        names = [str(item["path"]) for key in _PATCH_KEYS for item in self.items(key) if item.get("path")]
        return {joined(self.folder, name) for name in [*names, *self.texts("patchesStrategicMerge")]}


@dataclass(frozen=True)
class KustomizedObject:
    """A manifest with the layers that it goes through, the innermost first, and what it is called at the end."""

    manifest: Manifest
    layers: tuple[Layer, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called before the first layer, and after each."""
        names = [self.manifest.name]
        for layer in self.layers:
            prefix, suffix = layer.content.get("namePrefix") or "", layer.content.get("nameSuffix") or ""
            names.append(f"{prefix}{names[-1]}{suffix}")
        return tuple(names)

    @property
    def namespace(self) -> str:
        """The one that the outermost layer with any sets, else the manifest's own, else where Argo CD applies it."""
        namespaces = [str(layer.content["namespace"]) for layer in self.layers if layer.content.get("namespace")]
        own = namespaces[-1] if namespaces else self.manifest.namespace
        return own or (self.root.applier.namespace if self.root.applier else "")

    @property
    def root(self) -> Layer:
        return self.layers[-1]


class Kustomizations:
    """Those of a repository."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._charts = {file.folder for file in files.with_name(CHART_FILE)}
        self._layers = {
            layer.folder: layer for file in files.with_name(*FILE_NAMES) if (layer := _layer(file)) is not None
        }
        patches = {path for layer in self._layers.values() for path in layer.patch_files}
        self.appliers = appliers(files, patches)
        self.repositories = git_repositories(files)
        self._applier_layers = [
            self._layer_of(one)
            for one in self.appliers
            if one.is_here and not one.unclear and one.folder not in self._charts
        ]

    @property
    def layers(self) -> list[Layer]:
        """The kustomization files."""
        return list(self._layers.values())

    @cached_property
    def used(self) -> set[str]:
        """The paths of the files that some kustomization or applier reads, and of the kustomizations themselves."""
        paths = {layer.file.path for layer in self._layers.values()}
        for layer in [*self._layers.values(), *self._applier_layers]:
            paths |= layer.patch_files | {joined(layer.folder, text) for text in layer.texts("resources")}
        return paths

    @cached_property
    def roots(self) -> list[Layer]:
        """What is applied: what appliers lay over a folder, and kustomizations that nothing builds on."""
        every = [*self._layers.values(), *self._applier_layers]
        below = {joined(layer.folder, text) for layer in every for text in _below(layer)}
        free = [layer for folder, layer in self._layers.items() if folder not in below and not is_component(layer)]
        return [*self._applier_layers, *free]

    @cached_property
    def objects(self) -> list[KustomizedObject]:
        """All that the roots build."""
        return [one for root in self.roots for one in self._objects(root, ())]

    def may_build(self, target: ObjectName) -> str:
        """Why a root of the object's namespace could build it although it does not show: it takes in what is not in the
        repository. Empty where none does, or where one builds it."""
        for root in self.roots:
            is_of = [one for one in self.objects if one.root is root and one.manifest.kind == target.kind]
            if root.content.get("namespace") != target.namespace or any(one.names[-1] == target.name for one in is_of):
                continue
            if missing := next(self._missing(root, 0), ""):
                return f"{root.file.path} builds on {missing}, which is not in the repository."
        return ""

    def _missing(self, layer: Layer, depth: int) -> Iterator[str]:
        for text in layer.texts("resources", "bases", "components"):
            below = self._layers.get(joined(layer.folder, text))
            if below is None and joined(layer.folder, text) not in self._files.by_path:
                yield text
            elif below is not None and depth < DEPTH and below is not layer:
                yield from self._missing(below, depth + 1)

    def is_shared(self, key: str) -> bool:
        """Whether more than one root builds on a file or layer: a change of it would be one of others too."""
        return len(self._users.get(key, ())) > 1

    @cached_property
    def _users(self) -> dict[str, set[tuple[str, ...]]]:
        """The roots by the path of each manifest and the key of each layer that they build on."""
        users: dict[str, set[tuple[str, ...]]] = {}
        for one in self.objects:
            for key in (one.manifest.file.path, *(layer.key for layer in one.layers)):
                users.setdefault(key, set()).add(one.root.identity)
        return users

    def _objects(self, layer: Layer, above: tuple[Layer, ...]) -> Iterator[KustomizedObject]:
        if len(above) > DEPTH or layer in above:
            return
        components = [self._layers.get(joined(layer.folder, text)) for text in layer.texts("components")]
        through = (*(one for one in components if one is not None), layer, *above)
        for text in layer.texts("resources", "bases"):
            path = joined(layer.folder, text)
            if (below := self._layers.get(path)) is not None:
                yield from self._objects(below, through)
            elif (file := self._files.get(path)) is not None:
                yield from (KustomizedObject(manifest, through) for manifest in manifests(file))
        for component in components:
            if component is not None:
                yield from self._objects(component, (layer, *above))

    def _layer_of(self, one: Applier) -> Layer:
        """What an applier lays over its folder, with the resources that it takes from there."""
        if one.tool == "flux":
            content = {**one.settings, "namespace": one.namespace}
            at = one.at
        else:
            content, at = dict(mapping(one.settings.get("kustomize"))), (*one.at, "kustomize")
        is_deep = one.tool == "flux" or bool(mapping(one.settings.get("directory")).get("recurse"))
        content["resources"] = ["."] if one.folder in self._layers else self._resources(one.folder, "", is_deep=is_deep)
        return Layer(one.file, content, one.folder, one.document, at, one)

    def _resources(self, top: str, below: str, *, is_deep: bool) -> list[str]:
        """The manifests of a folder as Flux takes them: a kustomization's folder as a whole, other folders by file."""
        folder = joined(top, below)
        if below and folder in self._layers:
            return [below]
        if below and folder in self._charts:
            return []
        names: dict[str, None] = {}
        for file in self._files.in_folder(folder):
            name, _, rest = file.path[len(folder) + 1 if folder else 0 :].partition("/")
            if rest and is_deep:
                names[f"{name}/"] = None
            elif not rest and name.endswith((".yaml", ".yml", ".json")):
                names[name] = None
        result: list[str] = []
        for name in names:
            path = f"{below}/{name}".lstrip("/").rstrip("/")
            result += self._resources(top, path, is_deep=True) if name.endswith("/") else [path]
        return result


def _below(layer: Layer) -> Sequence[str]:
    return layer.texts("resources", "bases", "components")


def is_component(layer: Layer) -> bool:
    return layer.content.get("kind") == "Component"


def _layer(file: SourceFile) -> Layer | None:
    """None where it is no kustomization of this kind, as Flux' object of the same name."""
    try:
        contents = documents(file.text)
    except NotEditableError:
        return None
    content = contents[0] if len(contents) == 1 else None
    if not isinstance(content, Mapping) or "spec" in content:
        return None
    return Layer(file, content, file.folder)
