"""One container as a program inside sees it: files, environment, address, clock."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from sre_lab.behaviour.kubelet import downward_api
from sre_lab.behaviour.kubelet.configuration import MissingError, environment
from sre_lab.behaviour.kubelet.process import profile_of, running_processes
from sre_lab.containers import services
from sre_lab.objects.store import Obj
from sre_lab.scenario import ImageProfile
from sre_lab.world import World

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FOLDERS = ("bin", "dev", "etc", "proc", "sys", "tmp", "var")
CLUSTER_DOMAIN = "cluster.local"
DNS_ADDRESS = "10.96.0.10"


@dataclass
class ContainerEnvironment:
    """`files` maps absolute paths to contents, `folders` holds directories; both are this container's own to change."""

    world: World
    pod: Obj
    spec: Obj
    env: dict[str, str]
    files: dict[str, bytes]
    folders: set[str] = field(default_factory=set)

    @property
    def namespace(self) -> str:
        return str(self.pod["metadata"]["namespace"])

    @property
    def image(self) -> ImageProfile:
        return profile_of(self.world, str(self.spec.get("image", "")))

    @property
    def address(self) -> str:
        return str((self.pod.get("status") or {}).get("podIP", ""))

    @property
    def user(self) -> int:
        own, pod_wide = self.spec.get("securityContext") or {}, self.pod["spec"].get("securityContext") or {}
        return int(own.get("runAsUser", pod_wide.get("runAsUser", 0)))

    @property
    def working_folder(self) -> str:
        return str(self.spec.get("workingDir") or "/")

    def lacks(self, program: str) -> bool:
        """Whether the image was built without it (`*`: without any program but its own)."""
        return bool({program, "*"} & set(self.image.without))

    def path(self, name: str) -> str:
        """`name` as an absolute path without dots."""
        parts: list[str] = []
        for part in (name if name.startswith("/") else f"{self.working_folder}/{name}").split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)

    def is_folder(self, path: str) -> bool:
        return (
            path == "/" or path in self.folders or any(f.startswith(path + "/") for f in [*self.files, *self.folders])
        )

    def inside(self, folder: str) -> list[str]:
        """The names in a folder, in order."""
        start = folder.rstrip("/") + "/"
        return sorted({p[len(start) :].split("/")[0] for p in [*self.files, *self.folders] if p.startswith(start)})

    def below(self, path: str) -> list[str]:
        """Every file at or below a path."""
        return sorted(f for f in self.files if f == path or f.startswith(path.rstrip("/") + "/"))


class ContainerEnvironments:
    """The boxes of a world. What programs write stays until the container's next start."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._written: dict[tuple[str, str], tuple[int, dict[str, bytes]]] = {}  # by pod uid and container

    def open(self, pod: Obj, spec: Obj, restarts: int) -> ContainerEnvironment:
        """The container as it is now: its image, what is mounted, and what was written since its start."""
        key = (pod["metadata"].get("uid", ""), spec["name"])
        if key not in self._written or self._written[key][0] != restarts:
            self._written[key] = (restarts, {})
        folders = {f"/{name}" for name in FOLDERS}
        files = {path: text.encode() for path, text in profile_of(self._world, spec.get("image", "")).files.items()}
        files |= _system_files(pod, spec)
        for path, mount_files in _mounts(self._world, pod, spec):
            folders.add(path)
            files |= mount_files
        overlay = self._written[key][1]
        return ContainerEnvironment(
            self._world, pod, spec, _environment(self._world, pod, spec), _Layered(files, overlay), folders
        )


class _Layered(dict[str, bytes]):
    """Files of the image and its mounts; what is written goes to the container's own layer as well."""

    def __init__(self, below: dict[str, bytes], overlay: dict[str, bytes]) -> None:
        super().__init__({**below, **overlay})
        self._written = overlay

    def __setitem__(self, path: str, content: bytes) -> None:
        super().__setitem__(path, content)
        self._written[path] = content


def _environment(world: World, pod: Obj, spec: Obj) -> dict[str, str]:
    process = running_processes(world).get((pod["metadata"]["namespace"], pod["metadata"]["name"], spec["name"]))
    # a variable keeps the value of the start, whatever became of its source
    variables = process.environment if process is not None else _declared_variables(world, pod, spec)
    home = {"PATH": PATH, "HOSTNAME": pod["metadata"]["name"], "HOME": "/root"}
    return home | services.variables(world, pod) | variables


def _declared_variables(world: World, pod: Obj, spec: Obj) -> dict[str, str]:
    try:
        return environment(world, pod, spec)
    except MissingError:
        return {}


def _system_files(pod: Obj, spec: Obj) -> dict[str, bytes]:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    address = (pod.get("status") or {}).get("podIP", "")
    domains = f"{namespace}.svc.{CLUSTER_DOMAIN} svc.{CLUSTER_DOMAIN} {CLUSTER_DOMAIN}"
    text = {
        "/etc/hostname": f"{name}\n",
        "/etc/hosts": f"# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n{address}\t{name}\n",
        "/etc/resolv.conf": f"search {domains}\nnameserver {DNS_ADDRESS}\noptions ndots:5\n",
        "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
        spec.get("terminationMessagePath") or "/dev/termination-log": "",
    }
    return {path: content.encode() for path, content in text.items()}


def _mounts(world: World, pod: Obj, spec: Obj) -> Iterator[tuple[str, dict[str, bytes]]]:
    """(mount point, files by path) of each volume mount."""
    volumes = {v["name"]: v for v in pod["spec"].get("volumes") or []}
    for mount in spec.get("volumeMounts") or []:
        volume = volumes.get(mount["name"], {})
        files: dict[str, bytes] = {}
        for source in [volume, *((volume.get("projected") or {}).get("sources") or [])]:
            files |= _volume_files(world, pod, source)
        path = mount["mountPath"].rstrip("/")
        if mount.get("subPath"):
            yield path.rpartition("/")[0] or "/", {path: files.get(mount["subPath"], b"")}
        else:
            yield path, {f"{path}/{name}": content for name, content in files.items()}


def _volume_files(world: World, pod: Obj, source: Obj) -> dict[str, bytes]:
    """The files by name that one volume source shows."""
    namespace = pod["metadata"]["namespace"]
    if "serviceAccountToken" in source:
        account = pod["spec"].get("serviceAccountName", "default")
        return {source["serviceAccountToken"]["path"]: f"system:serviceaccount:{namespace}:{account}".encode()}
    if "downwardAPI" in source:
        fields = [(i["path"], (i.get("fieldRef") or {}).get("fieldPath", "")) for i in source["downwardAPI"]["items"]]
        return {path: downward_api.field(pod, name).encode() for path, name in fields}
    for kind, part in (("ConfigMap", "configMap"), ("Secret", "secret")):
        if part in source:
            name = source[part].get("name") or source[part].get("secretName", "")
            obj = world.objects.get(kind, namespace, name) or {}
            data = _content(obj, kind)
            items = source[part].get("items")
            return {i["path"]: data[i["key"]] for i in items if i["key"] in data} if items else data
    return {}


def _content(obj: Obj, kind: str) -> dict[str, bytes]:
    plain = {} if kind == "Secret" else obj.get("data") or {}
    encoded = obj.get("data") or {} if kind == "Secret" else obj.get("binaryData") or {}
    content = {key: str(value).encode() for key, value in {**plain, **(obj.get("stringData") or {})}.items()}
    for key, value in encoded.items():
        try:
            content.setdefault(key, base64.b64decode(value))
        except (binascii.Error, ValueError):
            content.setdefault(key, str(value).encode())
    return content
