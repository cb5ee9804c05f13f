"""Which objects a kustomization builds, out of which manifests, through which layers. Pure: nothing is built.

Only what decides where a field is declared is read: resources, components, prefixes and suffixes, the namespace,
patches, images and replicas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sre_agent.git.manifests import Manifest, manifests
from sre_agent.git.sources import Files, SourceFile, joined
from sre_agent.git.yaml_text import NotEditableError, documents

FILE_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
DEPTH: Final = 12  # layers over each other, more is a circle


@dataclass(frozen=True)
class Layer:
    """One kustomization file."""

    file: SourceFile
    content: Mapping[str, Any]

    @property
    def folder(self) -> str:
        return self.file.folder

    def texts(self, *keys: str) -> list[str]:
        return [item for key in keys for item in self.content.get(key) or [] if isinstance(item, str)]

    def items(self, key: str) -> list[Mapping[str, Any]]:
        return [item for item in self.content.get(key) or [] if isinstance(item, Mapping)]


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
        """The one that the outermost layer with any sets, else the manifest's own."""
        namespaces = [str(layer.content["namespace"]) for layer in self.layers if layer.content.get("namespace")]
        return namespaces[-1] if namespaces else self.manifest.namespace

    @property
    def root(self) -> Layer:
        return self.layers[-1]


class Kustomizations:
    """Those of a repository."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._layers = {
            layer.folder: layer for file in files.with_name(*FILE_NAMES) if (layer := _layer(file)) is not None
        }

    @property
    def used(self) -> set[str]:
        """The paths of the files that some kustomization reads, and of the kustomizations themselves."""
        paths = {layer.file.path for layer in self._layers.values()}
        for layer in self._layers.values():
            paths |= {joined(layer.folder, text) for text in layer.texts("resources", "patchesStrategicMerge")}
            paths |= {joined(layer.folder, str(patch.get("path"))) for patch in layer.items("patches")}
        return paths

    def roots(self) -> list[Layer]:
        """Those that nothing else builds on: what is applied."""
        below = {joined(layer.folder, text) for layer in self._layers.values() for text in _below(layer)}
        return [layer for folder, layer in self._layers.items() if folder not in below and not _is_component(layer)]

    def objects(self, root: Layer) -> Iterator[KustomizedObject]:
        """All that a kustomization builds."""
        yield from self._objects(root, ())

    def is_shared(self, path: str) -> bool:
        """Whether more than one root builds on a file: a change of it would be one of others too."""
        return len(self._users.get(path, ())) > 1

    @cached_property
    def _users(self) -> dict[str, set[str]]:
        """The folders of the roots by the path of each manifest and layer that they build on."""
        users: dict[str, set[str]] = {}
        for root in self.roots():
            for one in self.objects(root):
                for file in (one.manifest.file, *(layer.file for layer in one.layers)):
                    users.setdefault(file.path, set()).add(root.folder)
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


def _below(layer: Layer) -> list[str]:
    return layer.texts("resources", "bases", "components")


def _is_component(layer: Layer) -> bool:
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
    return Layer(file, content)
