"""What the server offers: the aggregated documents that kubectl asks for, and the older ones by group."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.kinds import ApiResource, resources
from sre_lab.kubernetes.requests import UnknownPathError

Obj = dict[str, Any]
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
VERSION = {
    "major": "1",
    "minor": "32",
    "gitVersion": "v1.32.13",
    "gitCommit": "unknown",
    "gitTreeState": "clean",
    "buildDate": "2026-08-01T00:00:00Z",
    "goVersion": "go1.23.5",
    "compiler": "gc",
    "platform": "linux/amd64",
}


def wants_aggregated(accept: str) -> bool:
    return any(
        "as=APIGroupDiscoveryList" in part and "v=v2;" in part + ";" for part in accept.replace(" ", "").split(",")
    )


def aggregated_discovery(*, core: bool, hidden_groups: frozenset[str]) -> Obj:
    """The APIGroupDiscoveryList for /api (`core`) or /apis, without the groups that are `hidden_groups`."""
    items = []
    for group, versions in _groups().items():
        if (group == "") is core and group not in hidden_groups:
            meta: Obj = {"name": group} if group else {}
            version_list = [
                {"version": v, "resources": [_aggregated_resource(r) for r in api_resources], "freshness": "Current"}
                for v, api_resources in versions.items()
            ]
            items.append({"metadata": meta | {"creationTimestamp": None}, "versions": version_list})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def legacy_discovery(path: str, *, hidden_groups: frozenset[str]) -> Obj:
    """The document at /api, /apis, /api/v1, /apis/GROUP or /apis/GROUP/VERSION; UnknownPathError for others."""
    parts = [p for p in path.split("/") if p]
    groups = {group: versions for group, versions in _groups().items() if group not in hidden_groups}
    if parts == ["api"]:
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if parts == ["apis"]:
        entries = [_group(g, list(v)) for g, v in groups.items() if g]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": entries}
    group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], "/".join(parts[2:3]))
    if group not in groups or (version and version not in groups[group]):
        raise UnknownPathError(path)
    if not version:
        return {"kind": "APIGroup", "apiVersion": "v1"} | _group(group, list(groups[group]))
    entries = [row for r in groups[group][version] for row in _legacy_rows(r)]
    name = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": entries}


def _groups() -> dict[str, dict[str, list[ApiResource]]]:
    groups: dict[str, dict[str, list[ApiResource]]] = {}
    for resource in resources():
        groups.setdefault(resource.group, {}).setdefault(resource.version, []).append(resource)
    return groups


def _group(name: str, versions: list[str]) -> Obj:
    version_list = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
    return {"name": name, "versions": version_list, "preferredVersion": version_list[0]}


def _aggregated_resource(resource: ApiResource) -> Obj:
    row: Obj = {
        "resource": resource.plural,
        "responseKind": {"group": "", "version": "", "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    row |= _names(resource)
    if resource.subresources:
        row["subresources"] = [
            {
                "subresource": s.name,
                "responseKind": {"group": s.group, "version": s.version, "kind": s.kind},
                "verbs": list(s.verbs),
            }
            for s in resource.subresources
        ]
    return row


def _legacy_rows(resource: ApiResource) -> list[Obj]:
    row: Obj = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    rows = [row | _names(resource)]
    for below in resource.subresources:
        name = {"name": f"{resource.plural}/{below.name}", "singularName": "", "namespaced": resource.namespaced}
        group: Obj = {"group": below.group, "version": below.version} if below.version else {}
        rows.append(name | group | {"kind": below.kind, "verbs": list(below.verbs)})
    return rows


def _names(resource: ApiResource) -> Obj:
    names: Obj = {}
    if resource.short:
        names["shortNames"] = list(resource.short)
    if resource.categories:
        names["categories"] = list(resource.categories)
    return names
