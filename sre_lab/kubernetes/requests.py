"""One API request, read: which resource, which object, which verb, which representation the client accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from starlette.requests import HTTPConnection

from sre_lab.kubernetes import kinds
from sre_lab.kubernetes.identity import ADMIN, ApiUser
from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.statuses import (
    invalid_options,
    method_not_allowed,
    no_such_resource,
    not_acceptable,
    unsupported_value,
)

Form = Literal["json", "yaml", "table", "partial"]
_WRITES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class ApiRequest:
    """A request below /api or /apis. `name` is empty for collections, `namespace` for cluster-wide ones."""

    resource: ApiResource
    namespace: str
    name: str
    subresource: str
    verb: str
    form: Form
    query: dict[str, str]
    user: ApiUser = ADMIN
    agent: str = ""  # the client, as it names itself before the first slash
    warnings: list[str] = field(default_factory=list)  # what the answer warns of

    @property
    def manager(self) -> str:
        """Who writes, as managedFields name it."""
        return self.query.get("fieldManager") or self.agent or "unknown"

    @property
    def dry_run(self) -> bool:
        return "dryRun" in self.query

    def flag(self, name: str) -> bool:
        return is_true(self.query.get(name, ""))


class UnknownPathError(Exception):
    """No API group is served at this path."""


def is_true(text: str) -> bool:
    return text.lower() in ("true", "1", "t")


def read_request(request: HTTPConnection, method: str) -> ApiRequest:
    """The call that a request makes; UnknownPathError or ApiStatusError (404, 405, 406, 422) when it makes none."""
    resource, namespace, name, subresource = _target(request.scope["path"])
    query = dict(request.query_params)
    if "dryRun" in query and query["dryRun"] != "All":
        raise invalid_options("RequestOptions", [unsupported_value("dryRun", query["dryRun"], ["All"])])
    verb = _verb(method, name, query)
    if subresource:
        definition = resource.subresource(subresource)
        if definition is None:
            raise no_such_resource()
        if verb not in definition.verbs:
            raise method_not_allowed()
    elif verb not in resource.verbs or (method == "POST" and name):
        raise method_not_allowed()
    is_stream = subresource in ("log", "exec", "attach", "portforward", "proxy")
    form = "json" if is_stream else accepted_form(request.headers.get("accept", ""))
    agent = request.headers.get("user-agent", "").partition("/")[0]
    return ApiRequest(resource, namespace, name, subresource, verb, form, query, agent=agent)


def _verb(method: str, name: str, query: dict[str, str]) -> str:
    if method in ("GET", "HEAD"):
        if is_true(query.get("watch", "")):
            return "watch"
        return "get" if name else "list"
    if method == "DELETE" and not name:
        return "deletecollection"
    verb = _WRITES.get(method)
    if verb is None or (verb in ("update", "patch") and not name):
        raise method_not_allowed()
    return verb


def _target(path: str) -> tuple[ApiResource, str, str, str]:
    parts = [p for p in path.split("/") if p]
    group, version, rest = ("", parts[1], parts[2:]) if parts[0] == "api" else (parts[1], parts[2], parts[3:])
    if not kinds.has_group(group, version):
        raise UnknownPathError(path)
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    resource = kinds.find(group, version, rest[0])
    if resource is None or (namespace and not resource.namespaced):
        raise no_such_resource()
    name, subresource = (rest[1] if len(rest) > 1 else ""), "/".join(rest[2:3])
    if name and resource.namespaced and not namespace:
        raise no_such_resource()
    return resource, namespace, name, subresource


def accepted_form(header: str) -> Form:
    """The first form of the Accept header that the lab can serve; ApiStatusError 406 when there is none."""
    if not header.strip():
        return "json"
    for part in header.split(","):
        media, *parameters = [p.strip() for p in part.split(";")]
        values = dict(p.split("=", 1) for p in parameters if "=" in p)
        if media not in ("application/json", "application/yaml", "application/*", "*/*"):
            continue
        shape = values.get("as", "")
        if not shape:
            return "yaml" if media == "application/yaml" else "json"
        if values.get("g") == "meta.k8s.io" and values.get("v") == "v1":
            if shape == "Table":
                return "table"
            if shape.startswith("PartialObjectMetadata"):
                return "partial"
    raise not_acceptable()


def number(query: dict[str, str], name: str) -> int | None:
    """A whole number from the query, None where absent or unreadable."""
    text = query.get(name, "")
    return int(text) if text.lstrip("-").isdigit() else None
