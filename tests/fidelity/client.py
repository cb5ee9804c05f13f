"""A client of the lab's Kubernetes API in one namespace, in process: the same requests as over a socket."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any

import httpx

from sre_lab.clock import rfc3339
from sre_lab.containers import kubelets
from sre_lab.kubernetes import api
from sre_lab.kubernetes.kinds import of_kind
from sre_lab.world import World

Obj = dict[str, Any]
Lines = list[str]  # `list` is a method here
Objects = list[Obj]
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
REFUSED = 429  # an eviction that a disruption budget does not allow now


class Client:
    """Speaks as the cluster's administrator. Every refusal but that of an eviction is an error."""

    def __init__(self, world: World, namespace: str) -> None:
        self._world = world
        self._namespace = namespace
        transport = httpx.ASGITransport(app=api.app(world, kubelets()))
        self._http = httpx.AsyncClient(
            transport=transport, base_url="http://lab", headers={"Authorization": "Bearer lab"}
        )

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def now(self) -> str:
        return rfc3339(self._world.clock.now())

    async def list(self, group: str, resource: str, **query: str) -> list[Obj]:
        answer = await self._http.get(self._url(group, resource), params=query)
        answer_list = answer.raise_for_status().json()
        type_meta = {"apiVersion": answer_list["apiVersion"], "kind": answer_list["kind"].removesuffix("List")}
        return [type_meta | item for item in answer_list["items"]]

    async def apply(self, obj: Obj) -> None:
        """Create it as `kubectl apply` does, which leaves behind what it was given."""
        place = {"namespace": self._namespace} if of_kind(obj["kind"]).namespaced else {}
        meta = {"annotations": {}, **obj["metadata"], **place}
        manifest = json.dumps({**obj, "metadata": meta}, sort_keys=True, separators=(",", ":"))
        await self.create({**obj, "metadata": {**obj["metadata"], "annotations": {APPLIED: manifest + "\n"}}})

    async def nodes(self) -> Objects:
        answer = await self._http.get("/api/v1/nodes")
        items: Objects = answer.raise_for_status().json()["items"]
        return items

    async def create(self, obj: Obj) -> None:
        kind = of_kind(obj["kind"])
        group = f"apis/{obj['apiVersion']}" if "/" in obj["apiVersion"] else f"api/{obj['apiVersion']}"
        url = self._url(group, kind.plural) if kind.namespaced else f"/{group}/{kind.plural}"
        answer = await self._http.post(url, json=obj)
        answer.raise_for_status()

    async def patch(self, group: str, resource: str, name: str, change: Any, media: str) -> None:
        url = f"{self._url(group, resource)}/{name}"
        answer = await self._http.request("PATCH", url, json=change, headers={"Content-Type": media})
        answer.raise_for_status()

    async def patch_node(self, name: str, change: Obj) -> None:
        media = {"Content-Type": "application/strategic-merge-patch+json"}
        answer = await self._http.request("PATCH", f"/api/v1/nodes/{name}", json=change, headers=media)
        answer.raise_for_status()

    async def delete(self, group: str, resource: str, name: str) -> None:
        answer = await self._http.delete(f"{self._url(group, resource)}/{name}")
        answer.raise_for_status()

    async def log(self, pod: str, **query: str) -> Lines:
        """The lines, or the error as kubectl prints it."""
        answer = await self._http.get(f"{self._url('api/v1', 'pods')}/{pod}/log", params=query)
        if answer.is_error:
            return [f"Error from server ({answer.json()['reason']}): {answer.json()['message']}"]
        return answer.text.splitlines()

    async def evict(self, pod: str) -> None:
        meta = {"name": pod, "namespace": self._namespace}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta}
        answer = await self._http.post(f"{self._url('api/v1', 'pods')}/{pod}/eviction", json=body)
        if answer.status_code != REFUSED:
            answer.raise_for_status()

    def _url(self, group: str, resource: str) -> str:
        return f"/{group}/namespaces/{self._namespace}/{resource}"
