"""Whether a kubeconfig leads to a cluster, as far as files tell: read like kubectl reads it, and nothing started."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import yaml

from sre_agent.preflight.addresses import is_web_address
from sre_agent.preflight.options import VerbOptions
from sre_agent.settings import KubernetesSettings

USUAL: Final = "~/.kube/config"
TOKEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
FILES: Final = {
    "certificate-authority": "cluster",
    "client-certificate": "user",
    "client-key": "user",
    "tokenFile": "user",
}
Config = dict[str, Any]


class _UnreadableError(Exception):
    """In words, what is wrong with a file."""


def is_asked_for(settings: KubernetesSettings) -> bool:
    """Whether somebody named a kubeconfig or a context, here or by KUBECONFIG."""
    return bool(settings.kubeconfig or settings.kube_context or os.environ.get("KUBECONFIG"))


def problems(settings: KubernetesSettings, options: VerbOptions) -> list[str]:
    """What keeps this from a cluster, in sentences; none where it is well, or where this runs inside of one."""
    paths = _paths(settings)
    there = [path for path in paths if path.exists()]
    if not there:
        if not is_asked_for(settings) and os.environ.get("KUBERNETES_SERVICE_HOST") and TOKEN.is_file():
            return []
        give = options.to_give("kubeconfig", "FILE")
        if settings.kubeconfig:
            return [f"There is no kubeconfig {settings.kubeconfig}. Give one that exists: {give}"]
        if os.environ.get("KUBECONFIG"):
            return [f"KUBECONFIG names {os.environ['KUBECONFIG']}, which does not exist. Correct it, or give {give}"]
        return [f"No kubeconfig was found ({USUAL}). Give one: {give}"]
    try:
        return list(_wrong(_merge(there), " and ".join(map(str, there)), there[0].parent, settings, options))
    except _UnreadableError as problem:
        return [str(problem)]


def _paths(settings: KubernetesSettings) -> list[Path]:
    paths_text = settings.kubeconfig or os.environ.get("KUBECONFIG") or USUAL
    return [Path(part).expanduser() for part in paths_text.split(os.pathsep) if part]


def _merge(paths: list[Path]) -> Config:
    """The first file that names something wins, as for kubectl."""
    merged: Config = {"clusters": {}, "users": {}, "contexts": {}, "current-context": ""}
    for path in paths:
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as problem:
            raise _UnreadableError(f"The kubeconfig {path} cannot be read: {problem}") from problem
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            where = f" at line {mark.line + 1}" if mark is not None else ""
            raise _UnreadableError(f"The kubeconfig {path} is not YAML{where}.") from problem
        if not isinstance(content, dict):
            raise _UnreadableError(f"The file {path} is not a kubeconfig: it has no clusters, users and contexts.")
        merged["current-context"] = merged["current-context"] or str(content.get("current-context") or "")
        for part, key in (("clusters", "cluster"), ("users", "user"), ("contexts", "context")):
            for entry in content.get(part) or []:
                if isinstance(entry, dict) and isinstance(entry.get(key), dict):
                    merged[part].setdefault(str(entry.get("name")), entry[key])
    return merged


def _wrong(
    config: Config, path: str, folder: Path, settings: KubernetesSettings, options: VerbOptions
) -> Iterator[str]:
    contexts: Mapping[str, Config] = config["contexts"]
    context_name = settings.kube_context or config["current-context"]
    give = options.to_give("kube_context", "NAME")
    if not context_name:
        yield f"The kubeconfig {path} has no current context. Give one: {give}. There are: {_names(contexts)}."
        return
    if context_name not in contexts:
        near = get_close_matches(context_name, contexts, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        there = f"There are: {_names(contexts)}."
        yield f"The kubeconfig {path} has no context {context_name!r}.{hint} Give one: {give}. {there}"
        return
    context = contexts[context_name]
    for part, key in (("clusters", "cluster"), ("users", "user")):
        if str(context.get(key) or "") not in config[part]:
            yield f"The context {context_name!r} of {path} names the {key} {context.get(key)!r}, which is not in there."
            return
    cluster, user = config["clusters"][str(context["cluster"])], config["users"][str(context["user"])]
    server = str(cluster.get("server") or "")
    if not is_web_address(server):
        yield f"The cluster of context {context_name!r} in {path} has no usable server address: {server!r}."
    for key, of in FILES.items():
        file_name = (cluster if of == "cluster" else user).get(key)
        if file_name and not (folder / Path(str(file_name)).expanduser()).is_file():
            yield f"The context {context_name!r} of {path} names the file {file_name} ({key}), which does not exist."
    yield from _plugin(user, context_name, path, folder)


def _plugin(user: Config, context: str, path: str, folder: Path) -> Iterator[str]:
    """A credential plugin has to be there; it is not started, because it may ask a person or a cloud."""
    plugin = user.get("exec")
    if not isinstance(plugin, dict):
        return
    command = str(plugin.get("command") or "")
    executable = shutil.which(str(folder / command) if os.sep in command else command)
    if not executable:
        hint = f" {' '.join(str(plugin['installHint']).split())}" if plugin.get("installHint") else ""
        yield f"The context {context!r} of {path} signs in with {command!r}, which is not installed here.{hint}"


def _names(contexts: Mapping[str, Config]) -> str:
    return ", ".join(sorted(contexts)) or "none"
