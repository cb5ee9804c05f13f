"""The backends of an Ingress, each with the rule that leads to it and where it stands in the object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

DEFAULT: Final = "/spec/defaultBackend"


@dataclass(frozen=True)
class IngressBackend:
    """`service` and `port` (number or name, as text) are empty where something else than a Service is sent to; host,
    path and its type are empty where the rule names none, and of the default backend. `pointer` is a JSON pointer."""

    host: str
    path: str
    service: str
    port: str
    pointer: str
    path_type: str = ""

    @property
    def route(self) -> str:
        """As people write it: `shop.example/cart`, `*/cart` for any host."""
        return "the default backend" if self.pointer == DEFAULT else f"{self.host or '*'}{self.path}"


def backends(ingress: Obj) -> Iterator[IngressBackend]:
    """Every backend, the default one first."""
    spec = o.spec(ingress)
    if default := spec.get("defaultBackend"):
        yield _backend("", "", default, DEFAULT)
    for at, rule in enumerate(spec.get("rules") or []):
        for number, path in enumerate((rule.get("http") or {}).get("paths") or []):
            pointer = f"/spec/rules/{at}/http/paths/{number}/backend"
            where = str(rule.get("host") or ""), str(path.get("path") or "")
            yield _backend(*where, path.get("backend") or {}, pointer, str(path.get("pathType") or ""))


def _backend(host: str, path: str, backend: Obj, pointer: str, path_type: str = "") -> IngressBackend:
    service = backend.get("service") or {}
    port = service.get("port") or {}
    number_or_name = str(port.get("number") or port.get("name") or "")
    return IngressBackend(host, path, str(service.get("name", "")), number_or_name, pointer, path_type)
