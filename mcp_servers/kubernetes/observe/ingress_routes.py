"""Whether any rule of the Ingresses takes a URL, as Kubernetes compares hosts and paths: for what none takes, the
controller answers by itself, and no pod ever hears of the request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ingress_backends import DEFAULT, IngressBackend, backends
from mcp_servers.kubernetes.snapshot.objects import Obj

EXACT, PREFIX, ANY_PATH = "Exact", "Prefix", "/"
_EXPRESSIONS: Final = ("/use-regex", "/rewrite-target")  # annotations that make paths regular expressions


def observe(url: str, ingresses: Sequence[Obj], scope: str) -> Observation | None:
    """That the host of the URL is served and no rule takes its path, on the Ingress with the nearest rule. None where
    one takes it, or where only the controller knows. `ingresses` are all of the cluster."""
    parts = urlsplit(url if "://" in url else f"//{url}")
    host, path = (parts.hostname or "").lower(), parts.path or ANY_PATH
    of_host = [
        (ingress, rule)
        for ingress in ingresses
        for rule in backends(ingress)
        if _is_host_taken(rule.host.lower(), host)
    ]
    own_rules = [(ingress, rule) for ingress, rule in of_host if rule.host]
    if not host or not own_rules or any(_may_take(ingress, rule, path) for ingress, rule in of_host):
        return None
    ingress, nearest = max(own_rules, key=lambda pair: len(_common(pair[1].path, path)))
    attributes = {
        "host": host,
        "path": path,
        "rule": nearest.path,
        "path_type": nearest.path_type,
        "rules": sorted({f"{rule.path} ({rule.path_type})" for _, rule in own_rules}),
    }
    return Observation(code="ingress.no_route", subject=o.subject(scope, ingress), attributes=attributes)


def _is_host_taken(rule: str, host: str) -> bool:
    """A rule without a host takes every one, and `*` stands for one label."""
    return rule in ("", host) or (rule.startswith("*.") and rule[2:] == host.partition(".")[2])


def _may_take(ingress: Obj, rule: IngressBackend, path: str) -> bool:
    """Whether a rule takes the path, or may: of a type that each controller reads in its own way, all may."""
    is_expression = any(key.endswith(_EXPRESSIONS) for key in o.marks(ingress))
    if rule.pointer == DEFAULT or is_expression or rule.path_type not in (EXACT, PREFIX):
        return True
    if rule.path_type == EXACT:
        return rule.path == path
    return _elements(path)[: len(_elements(rule.path))] == _elements(rule.path)


def _elements(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _common(one: str, other: str) -> list[str]:
    """The elements with which both paths begin."""
    both = list(zip(_elements(one), _elements(other), strict=False))
    return [left for place, (left, _) in enumerate(both) if all(a == b for a, b in both[: place + 1])]
