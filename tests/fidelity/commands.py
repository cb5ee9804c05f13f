"""The few kubectl commands that were given in the recorded cases, as the requests that kubectl sends."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from typing import Any

from tests.fidelity.client import Client

Obj = dict[str, Any]
DEPLOYMENTS = "apis/apps/v1", "deployments"
HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"


async def run(client: Client, command: str) -> None:
    """Give one command, e.g. `scale deployment/cart --replicas=4`. ValueError for a command that is not known here."""
    words = shlex.split(command)
    for verb, action in _COMMANDS.items():
        if words[: len(verb.split())] == verb.split():
            options = dict(w.removeprefix("--").split("=", 1) for w in words if w.startswith("--") and "=" in w)
            await action(client, [w for w in words[len(verb.split()) :] if not w.startswith("-")], options)
            return
    raise ValueError(f"{command!r} is none of: {', '.join(_COMMANDS)}")


async def _set_image(client: Client, words: list[str], options: dict[str, str]) -> None:
    container, image = words[1].split("=", 1)
    change = {"template": {"spec": {"containers": [{"name": container, "image": image}]}}}
    await _patch(client, words[0], {"spec": change})


async def _scale(client: Client, words: list[str], options: dict[str, str]) -> None:
    await _patch(client, words[0], {"spec": {"replicas": int(options["replicas"])}})


async def _restart(client: Client, words: list[str], options: dict[str, str]) -> None:
    stamp = {"kubectl.kubernetes.io/restartedAt": client.now()}
    await _patch(client, words[0], {"spec": {"template": {"metadata": {"annotations": stamp}}}})


async def _undo(client: Client, words: list[str], options: dict[str, str]) -> None:
    name = words[0].split("/")[1]
    sets = [
        rs
        for rs in await client.list("apis/apps/v1", "replicasets")
        if any(owner["name"] == name for owner in rs["metadata"].get("ownerReferences", []))
    ]
    before = sorted(sets, key=lambda rs: int(rs["metadata"]["annotations"][REVISION]))[-2]
    template = before["spec"]["template"]
    template["metadata"]["labels"].pop(HASH)
    replace = [{"op": "replace", "path": "/spec/template", "value": template}]
    await client.patch(*DEPLOYMENTS, name, replace, "application/json-patch+json")


async def _create_configmap(client: Client, words: list[str], options: dict[str, str]) -> None:
    key, value = options["from-literal"].split("=", 1)
    await client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": words[0]}, "data": {key: value}})


async def _delete_pods(client: Client, words: list[str], options: dict[str, str]) -> None:
    selector = next(word for word in words if "=" in word)
    for pod in await client.list("api/v1", "pods", labelSelector=selector):
        await client.delete("api/v1", "pods", pod["metadata"]["name"])


async def _drain(client: Client, words: list[str], options: dict[str, str]) -> None:
    """Cordon the node, then ask once for the eviction of every pod that no DaemonSet owns."""
    await client.patch_node(words[0], {"spec": {"unschedulable": True}})
    for pod in await client.list("api/v1", "pods", fieldSelector=f"spec.nodeName={words[0]}"):
        if pod["metadata"]["ownerReferences"][0]["kind"] != "DaemonSet":
            await client.evict(pod["metadata"]["name"])


async def _uncordon(client: Client, words: list[str], options: dict[str, str]) -> None:
    await client.patch_node(words[0], {"spec": {"unschedulable": None}})


async def _patch(client: Client, target: str, change: Obj) -> None:
    await client.patch(*DEPLOYMENTS, target.split("/")[1], change, "application/strategic-merge-patch+json")


_COMMANDS: dict[str, Callable[[Client, list[str], dict[str, str]], Awaitable[None]]] = {
    "set image": _set_image,
    "scale": _scale,
    "rollout restart": _restart,
    "rollout undo": _undo,
    "create configmap": _create_configmap,
    "delete pod": _delete_pods,
    "drain": _drain,
    "uncordon": _uncordon,
}
