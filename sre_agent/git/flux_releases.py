"""The releases that Flux' HelmReleases declare, as kustomizations make these: values of the chart's files, of
ConfigMaps in their order, of the release itself, and of the patches that overlays lay over it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sre_agent.git.appliers import is_source_here
from sre_agent.git.kustomizations import Kustomizations, KustomizedObject, Layer
from sre_agent.git.kustomize_patches import UndecidedError, patches
from sre_agent.git.manifests import Manifest, manifests
from sre_agent.git.releases import Release, release
from sre_agent.git.sources import Files, joined, mapping, sequence
from sre_agent.git.values_layers import UnreadValuesError, ValuesLayer, file_layer, text_layer

_VALUES: Final = ("spec", "values")
_DEFAULT_KEY: Final = "values.yaml"


def flux_releases(files: Files, kustomizations: Kustomizations, charts: set[str]) -> Iterator[Release]:
    every = [one for one in kustomizations.objects if one.manifest.kind == "HelmRelease"]
    for one in every:
        name = one.root.file.path if one.root.applier else one.manifest.file.path
        yield _release(files, kustomizations, one, charts, name)
    of_kustomizations = {one.manifest.file.path for one in every} | kustomizations.used
    for file in files.by_path.values():
        if "HelmRelease" in file.text and file.path not in of_kustomizations:
            for manifest in manifests(file):
                if manifest.kind == "HelmRelease":
                    one = KustomizedObject(manifest, ())
                    yield _release(files, kustomizations, one, charts, file.path)


def _release(
    files: Files, kustomizations: Kustomizations, one: KustomizedObject, charts: set[str], declared_in: str
) -> Release:
    manifest, spec = one.manifest, mapping(one.manifest.content.get("spec"))
    own_namespace = one.namespace if one.layers else manifest.namespace
    into = str(spec.get("targetNamespace") or "")
    name = str(spec.get("releaseName") or (f"{into}-{one.names[-1]}" if into else one.names[-1]))
    of_chart = mapping(mapping(spec.get("chart")).get("spec"))
    chart = joined("", str(of_chart.get("chart", "")))
    if (
        not is_source_here(files, mapping(of_chart.get("sourceRef")), kustomizations.repositories)
        or not of_chart.get("chart")
        or chart not in charts
    ):
        why = f"{manifest.file.path} takes the chart from elsewhere, so how it uses values is not known."
        return Release(name, into or own_namespace, None, (), manifest.file.path, why, applier=one.names[-1])
    unclear = "it changes what the chart makes." if spec.get("postRenderers") else ""
    paths = [joined("", str(item)) for item in sequence(of_chart.get("valuesFiles"))]
    more: list[ValuesLayer] = []
    try:
        more += _from_config_maps(files, kustomizations, one, sequence(spec.get("valuesFrom")), own_namespace)
        more.append(ValuesLayer(manifest.file, manifest.document, _VALUES, mapping(spec.get("values"))))
        more += [layer for part in one.layers for layer in _of_patches(files, part, one)]
    except (UnreadValuesError, UndecidedError) as problem:
        unclear = unclear or str(problem)
    why = f"HelmRelease {manifest.name} in {manifest.file.path} is not followed: {unclear}" if unclear else ""
    return release(
        files, name, into or own_namespace, chart, declared_in,
        paths=paths, more=more, unclear=why, applier=one.names[-1],
    )  # fmt: skip


def _of_patches(files: Files, layer: Layer, one: KustomizedObject) -> Iterator[ValuesLayer]:
    for patch in patches(files, layer, one):
        spec = mapping(mapping(patch.content).get("spec"))
        if not patch.is_sure or isinstance(patch.content, list) or set(spec) - {"values", "interval", "timeout"}:
            raise UnreadValuesError(f"a patch of {layer.file.path} changes more of it than values.")
        values = mapping(spec.get("values"))
        if patch.at:
            yield ValuesLayer(patch.layer.file, patch.layer.document, patch.at, values, _VALUES, is_text=True)
        else:
            yield ValuesLayer(patch.file, patch.document, _VALUES, values)


def _from_config_maps(
    files: Files, kustomizations: Kustomizations, one: KustomizedObject, items: Sequence[Any], namespace: str
) -> Iterator[ValuesLayer]:
    for item in map(mapping, items):
        name, key = str(item.get("name")), str(item.get("valuesKey") or _DEFAULT_KEY)
        if item.get("kind") != "ConfigMap" or item.get("targetPath"):
            raise UnreadValuesError(f"its values come from {item.get('kind')} {name} too.")
        layers = [*_objects(files, kustomizations, one, name, namespace, key), *_of_generators(files, one, name, key)]
        if len(layers) != 1:
            raise UnreadValuesError(f"{len(layers)} places of the repository make its values, ConfigMap {name}.")
        yield layers[0]


def _objects(
    files: Files, kustomizations: Kustomizations, one: KustomizedObject, name: str, namespace: str, key: str
) -> Iterator[ValuesLayer]:
    for manifest in _config_maps(files, kustomizations, one, name, namespace):
        text = mapping(manifest.content.get("data")).get(key)
        if isinstance(text, str):
            yield text_layer(manifest.file, manifest.document, ("data", key), text)


def _config_maps(
    files: Files, kustomizations: Kustomizations, one: KustomizedObject, name: str, namespace: str
) -> Iterator[Manifest]:
    """Those of the same kustomization; where it is none, those that stand in the repository as they are."""
    for other in kustomizations.objects if one.layers else ():
        is_one = (other.manifest.kind, other.names[-1]) == ("ConfigMap", name) and other.root is one.root
        if is_one and other.namespace == one.namespace:
            yield other.manifest
    for file in files.by_path.values() if not one.layers else ():
        if "ConfigMap" in file.text and file.path not in kustomizations.used:
            for manifest in manifests(file):
                if (manifest.kind, manifest.name, manifest.namespace) == ("ConfigMap", name, namespace):
                    yield manifest


def _of_generators(files: Files, one: KustomizedObject, name: str, key: str) -> Iterator[ValuesLayer]:
    """The file that a generator of the release's kustomizations reads."""
    for layer in one.layers:
        for item in layer.items("configMapGenerator"):
            if item.get("name") != name:
                continue
            if _is_computed(item, key):
                raise UnreadValuesError(f"{layer.file.path} makes its values, ConfigMap {name}, of more than a file.")
            for text in sequence(item.get("files")):
                entry, equals, path = str(text).rpartition("=")
                if (entry if equals else path.rpartition("/")[2]) == key:
                    yield file_layer(files, joined(layer.folder, path))


def _is_computed(item: Mapping[str, Any], key: str) -> bool:
    literals = [str(text).partition("=")[0] for text in sequence(item.get("literals"))]
    return bool(item.get("behavior") or item.get("envs") or item.get("env")) or key in literals
