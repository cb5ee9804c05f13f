"""The volumes of a pod: a name, one source, and what each source needs."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms
from sre_lab.kubernetes.rules.containers import descending_path
from sre_lab.kubernetes.rules.shapes import Causes, Obj, inner, items, number, quantity, required_text, text
from sre_lab.kubernetes.statuses import (
    StatusCause,
    duplicate_value,
    forbidden_value,
    invalid_value,
    required_value,
    unsupported_value,
)

# in the order in which the server looks at them
_SOURCES = (
    *("emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi"),
    *("glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc"),
    *("flexVolume", "configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk"),
    *("storageos", "projected", "scaleIO", "csi", "ephemeral", "image"),
)
_HOST_PATHS = (*("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"),)
_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
_NEEDS = {
    "secret": ("secretName",),
    "configMap": ("name",),
    "persistentVolumeClaim": ("claimName",),
    "nfs": ("server", "path"),
    "csi": ("driver",),
}


def volumes(spec: Obj, path: str) -> tuple[set[str], list[StatusCause]]:
    """The names that containers can mount, those of the faultless volumes, and what is wrong with the others."""
    names: set[str] = set()
    causes: list[StatusCause] = []
    for place, volume in items(spec, "volumes"):
        at, name = f"{path}.volumes[{place}]", text(volume, "name")
        wrong = [*_source(volume, at), *required_text(volume, "name", at, forms.label)]
        if name in names:
            wrong.append(duplicate_value(f"{at}.name", name))
        if wrong:
            causes += wrong
        else:
            names.add(name)
    return names, causes


def _source(volume: Obj, path: str) -> Causes:
    present = [source for source in _SOURCES if volume.get(source) is not None]
    if present:
        yield from _contents(present[0], inner(volume, present[0]), f"{path}.{present[0]}")
    for source in present[1:]:
        yield forbidden_value(f"{path}.{source}", "may not specify more than 1 volume type")


def _contents(kind: str, source: Obj, path: str) -> Causes:
    for field in _NEEDS.get(kind, ()):
        if not source.get(field):
            yield required_value(f"{path}.{field}")
    if kind == "emptyDir":
        size = quantity(source.get("sizeLimit"))
        if size is not None and size < 0:
            yield forbidden_value(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")
    elif kind == "hostPath":
        yield from _host_path(source, path)
    elif kind in ("secret", "configMap", "downwardAPI", "projected"):
        mode = number(source, "defaultMode")
        if mode is not None and not 0 <= mode <= 0o777:
            yield invalid_value(f"{path}.defaultMode", mode, _MODE)
        for place, item in items(source, "items"):
            yield from _key_to_path(kind, item, f"{path}.items[{place}]")


def _key_to_path(kind: str, item: Obj, path: str) -> Causes:
    if kind != "downwardAPI" and not item.get("key"):
        yield required_value(f"{path}.key")
    if not item.get("path"):
        yield required_value(f"{path}.path")
    yield from descending_path(text(item, "path"), f"{path}.path")
    mode = number(item, "mode")
    if mode is not None and not 0 <= mode <= 0o777:
        yield invalid_value(f"{path}.mode", mode, _MODE)


def _host_path(source: Obj, path: str) -> Causes:
    if not source.get("path"):
        yield required_value(f"{path}.path")
        return
    if ".." in text(source, "path").split("/"):
        yield invalid_value(f"{path}.path", source["path"], "must not contain '..'")
    if source.get("type") is not None and source["type"] not in _HOST_PATHS:
        yield unsupported_value(f"{path}.type", source["type"], _HOST_PATHS)
