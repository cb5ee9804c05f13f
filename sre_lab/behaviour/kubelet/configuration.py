"""What a container needs from ConfigMaps and Secrets: its environment and its mounted files, and what is missing."""

from __future__ import annotations

import base64
import binascii
import re

from sre_lab.behaviour.kubelet import downward_api
from sre_lab.objects.store import Obj
from sre_lab.world import World

ROOT_CERTIFICATES = "kube-root-ca.crt"  # published into every namespace by the control plane, taken for granted here

_REFERENCE = re.compile(r"\$\$|\$\(([^()]+)\)")  # `$$` stands for a dollar


class MissingError(Exception):
    """A ConfigMap, a Secret or a key of one does not exist; the message is the kubelet's."""


def environment(world: World, pod: Obj, container: Obj) -> dict[str, str]:
    """The variables as the process sees them; MissingError when a source that is not optional is absent."""
    namespace = pod["metadata"].get("namespace", "")
    env: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        for kind, field in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            if field in source:
                data = _data(world, kind, namespace, source[field])
                env.update({source.get("prefix", "") + key: value for key, value in data.items()})
    for variable in container.get("env") or []:
        if "valueFrom" in variable:
            value = _from_source(world, pod, container, variable["valueFrom"])
            if value is not None:
                env[variable["name"]] = value
        else:
            env[variable["name"]] = _expand(str(variable.get("value", "")), env)
    return env


def _expand(value: str, env: dict[str, str]) -> str:
    """References to variables that stand before it, `$(NAME)`; those to unknown ones stay as they are."""
    return _REFERENCE.sub(lambda match: "$" if match[1] is None else env.get(match[1], match[0]), value)


def _from_source(world: World, pod: Obj, container: Obj, source: Obj) -> str | None:
    namespace = pod["metadata"].get("namespace", "")
    for kind, field in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
        if field not in source:
            continue
        reference = source[field]
        data = _data(world, kind, namespace, reference)
        if reference["key"] not in data:
            if reference.get("optional"):
                return None
            raise MissingError(f"couldn't find key {reference['key']} in {kind} {namespace}/{reference['name']}")
        return data[reference["key"]]
    if "resourceFieldRef" in source:
        return downward_api.resource(world, pod, container, source["resourceFieldRef"])
    return downward_api.field(pod, (source.get("fieldRef") or {}).get("fieldPath", ""))


def secret_data(world: World, namespace: str, name: str) -> dict[str, str]:
    """A Secret's data in clear text; MissingError when it is not there."""
    return _data(world, "Secret", namespace, {"name": name})


def _data(world: World, kind: str, namespace: str, reference: Obj) -> dict[str, str]:
    obj = world.objects.get(kind, namespace, reference.get("name", ""))
    if obj is None:
        if reference.get("optional"):
            return {}
        raise MissingError(f'{kind.lower()} "{reference.get("name", "")}" not found')
    if kind == "ConfigMap":
        return {**(obj.get("binaryData") or {}), **(obj.get("data") or {})}
    return {key: _decode(value) for key, value in (obj.get("data") or {}).items()} | (obj.get("stringData") or {})


def _decode(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return value


def unmountable(world: World, pod: Obj) -> list[str]:
    """One message per volume that cannot be set up because what it shows is missing."""
    problems = []
    for volume in pod["spec"].get("volumes") or []:
        try:
            _mount(world, pod["metadata"].get("namespace", ""), volume)
        except MissingError as missing:
            problems.append(f'MountVolume.SetUp failed for volume "{volume["name"]}" : {missing}')
    return problems


def _mount(world: World, namespace: str, volume: Obj) -> None:
    for source in [volume, *(volume.get("projected", {}).get("sources") or [])]:
        for kind, field, key_words in (
            ("ConfigMap", "configMap", "non-existent config key"),
            ("Secret", "secret", "non-existent secret key"),
        ):
            reference = source.get(field)
            name = (reference or {}).get("name") or (reference or {}).get("secretName", "")
            if reference is None or name == ROOT_CERTIFICATES:
                continue
            data = _data(world, kind, namespace, {"name": name, "optional": reference.get("optional", False)})
            for item in reference.get("items") or []:
                if item["key"] not in data and not reference.get("optional"):
                    raise MissingError(f"references {key_words}: {item['key']}")
