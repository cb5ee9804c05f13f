"""The column `endpoints` of Services: ready addresses, wherever the cluster keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.kubernetes.tools.service_endpoints import COUNT, with_endpoints

Obj = dict[str, Any]


def service(name: str, **spec: Any) -> Obj:
    return {
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"app": name}} | spec,
    }


def piece(of: str, family: str, *ready: bool | None) -> Obj:
    labels = {"kubernetes.io/service-name": of}
    ends = [{"addresses": [f"10.0.0.{n}"], "conditions": {"ready": one}} for n, one in enumerate(ready)]
    return {"metadata": {"name": f"{of}-x", "namespace": "shop", "labels": labels}, "addressType": family,
            "endpoints": ends}  # fmt: skip


def pod(app: str, ready: str) -> Obj:
    return {"metadata": {"name": app, "namespace": "shop", "labels": {"app": app}},
            "status": {"conditions": [{"type": "Ready", "status": ready}]}}  # fmt: skip


def counts(services: list[Obj], **objects: list[Obj]) -> list[int | None]:
    return [one.get(COUNT) for one in with_endpoints(services, lambda kind: objects.get(kind, []))]


def test_the_ready_addresses_of_its_slices_are_counted_and_those_of_two_families_once() -> None:
    slices = [piece("web", "IPv4", True, None, False), piece("web", "IPv6", True, True), piece("api", "IPv4", False)]
    services = [service("web"), service("api"), service("lone"), service("alias", type="ExternalName")]
    assert counts(services, EndpointSlice=slices, Pod=[pod("lone", "True")]) == [2, 0, 0, None]


@pytest.mark.parametrize(
    "objects",
    [
        {"Endpoints": [{"metadata": {"name": "web", "namespace": "shop"}, "subsets": [{"addresses": [{"ip": "1"}]}]}]},
        {"Pod": [pod("web", "True"), pod("api", "False")]},
    ],
)
def test_where_no_slices_are_kept_older_objects_or_the_ready_pods_tell(objects: dict[str, list[Obj]]) -> None:
    assert counts([service("web"), service("api")], **objects) == [1, 0]
