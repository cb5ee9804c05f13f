"""What stands before the Services of a namespace: the Ingresses that lead to them, and the pods that serve those."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.ingress_backends import backends
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists

Line = tuple[datetime | None, str]
CLASS_ANNOTATION: Final = "kubernetes.io/ingress.class"
REFUSED: Final = 400  # the least HTTP status of a request that is turned down
FAILED: Final = 500  # the least HTTP status that is the server's fault
MANY: Final = 5  # requests that tell more than somebody's typing error
_STATUS: Final = re.compile(r'(?:"\s|\bstatus["\s:=]+|\bHTTP/[\d.]+"?\s+)"?([1-5]\d\d)\b', re.I)
# A line about one request: HTTP's own first line of it, wherever it stands.
_REQUEST: Final = re.compile(r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /|\bHTTP/[1-3](?:\.\d)?\b")


@dataclass(frozen=True)
class Entrance:
    """An Ingress, the Services that it leads to among those meant, its hosts, and the addresses of the pods behind it.

    `is_alone`: its controller serves no other, so a request in whose line nobody is named went to it.
    """

    ingress: Obj
    services: tuple[str, ...]
    hosts: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    is_alone: bool = False


def before(services: Sequence[Obj], lists: Lists) -> list[Entrance]:
    """The Ingresses that lead to any of these Services."""
    names = {o.name(service) for service in services}
    entrances = []
    for ingress in lists.of("Ingress"):
        matching_backends = [b for b in backends(ingress) if b.service in names]
        if matching_backends:
            hosts = tuple(dict.fromkeys(b.host for b in matching_backends if b.host))
            entrances.append(Entrance(ingress, tuple(dict.fromkeys(b.service for b in matching_backends)), hosts))
    return entrances


def recognizable(entrance: Entrance, services: Sequence[Obj], lists: Lists, every: Lists) -> Entrance:
    """The entrance with what tells its requests in a log that names neither it nor its host."""
    backs = [service for service in services if o.name(service) in entrance.services]
    pods = [pod for service in backs for pod in selection.pods_of(service, lists)]
    addresses = tuple(sorted({str(o.status(pod)["podIP"]) for pod in pods if o.status(pod).get("podIP")}))
    ingresses = every.of("Ingress") if every.has("Ingress") else []
    own = set(_controllers(entrance.ingress, every))
    is_alone = bool(own) and len([one for one in ingresses if own & set(_controllers(one, every))]) == 1
    return replace(entrance, addresses=addresses, is_alone=is_alone)


def serving(entrances: Iterable[Entrance], lists: Lists, by_namespace: dict[str, Lists]) -> list[Obj]:
    """The pods that serve these Ingresses: behind the Service whose address they bear, else the class's controller."""
    ingresses = [one.ingress for one in entrances]
    addresses = {address for ingress in ingresses for address in _addresses(ingress)}
    pods: dict[str, Obj] = {}
    for place in by_namespace.values():
        for service in place.of("Service"):
            if addresses & _addresses(service):
                pods |= {o.name(pod): pod for pod in selection.pods_of(service, place)}
    if not pods:
        words = {word for ingress in ingresses for word in _controllers(ingress, lists)}
        pods = {o.name(pod): pod for pod in lists.of("Pod") if any(_is_of(pod, word) for word in words)}
    return [pod for pod in pods.values() if not o.is_over(pod)]


def observe(entrance: Entrance, subject: Subject, lines: Iterable[Line]) -> Observation | None:
    """What the entrance's log says of requests to these Services: that they fail, or that they are served. None where
    no line is about them."""
    names = _names(entrance)
    about = [(at, line) for at, line in lines if names.search(line) or (entrance.is_alone and _is_failed_request(line))]
    if not about:
        return None
    common = {"host": ", ".join(entrance.hosts), "of": len(about)}
    if failing := [(at, line) for at, line in about if _fails(line)]:
        return _observation("entrance.failing", subject, failing, common)
    turned_down = [(at, line) for at, line in about if REFUSED <= _status(line) < FAILED]
    if len(turned_down) >= MANY and 2 * len(turned_down) > len(about):
        status, _ = Counter(_status(line) for _, line in turned_down).most_common(1)[0]
        return _observation("entrance.refusing", subject, turned_down, {**common, "status": str(status)})
    serving = _observation("entrance.serving", subject, about, {**common, "count": 0})
    return serving.model_copy(update={"at": None, "excerpt": ""})


def _observation(code: str, subject: Subject, lines: Sequence[Line], attributes: dict[str, Any]) -> Observation:
    """With the number of lines, when they were written, and the last of them."""
    times = sorted(at for at, _ in lines if at is not None)
    span = {"first": times[0].isoformat(), "last": times[-1].isoformat()} if times else {}
    return Observation(
        code=code,
        subject=subject,
        at=times[0] if times else None,
        attributes={"count": len(lines), **attributes, **span},
        excerpt=excerpt(lines[-1][1]),
    )


def _names(entrance: Entrance) -> re.Pattern[str]:
    """How controllers name it in their logs: by its hosts, its Services, or the address of a pod behind these."""
    namespace = str(o.meta(entrance.ingress).get("namespace", ""))
    marks = [*entrance.hosts, *(f"{namespace}{sign}{name}" for name in entrance.services for sign in "-/_")]
    marks += [f"{name}.{namespace}.svc" for name in entrance.services]
    addresses = [rf"(?<![\d.]){re.escape(address)}:\d" for address in entrance.addresses]
    return re.compile("|".join([*map(re.escape, marks), *addresses]))


def _is_failed_request(line: str) -> bool:
    return _REQUEST.search(line) is not None and _fails(line)


def _fails(line: str) -> bool:
    from mcp_servers.signals.logs.lines import wrong  # noqa: PLC0415 - the list of tools needs none of it

    status = _status(line)
    return status >= FAILED if status else wrong(line)


def _status(line: str) -> int:
    """Of a request's answer; 0 where the line has none."""
    match = _STATUS.search(line)
    return int(match[1]) if match else 0


def _addresses(obj: Obj) -> set[str]:
    entries = (o.status(obj).get("loadBalancer") or {}).get("ingress") or []
    return {str(one.get(key)) for one in entries for key in ("hostname", "ip") if one.get(key)}


def _controllers(ingress: Obj, lists: Lists) -> list[str]:
    """How the controller of its class is called: by the class object, else by the class's own name."""
    name = str(o.spec(ingress).get("ingressClassName") or o.marks(ingress).get(CLASS_ANNOTATION) or "")
    ingress_class = lists.by_name("IngressClass", name)
    controller = (
        str(o.spec(ingress_class).get("controller") or "").rpartition("/")[2] if ingress_class is not None else ""
    )
    return [word for word in (controller, name) if word]


def _is_of(pod: Obj, word: str) -> bool:
    """Whether a pod is of the program that a class names, by its image or what it is called."""
    images = [str(container.get("image", "")).rpartition(":")[0] for _, container in o.containers(pod)]
    names = [o.labels(pod).get("app.kubernetes.io/name", ""), *(part for image in images for part in image.split("/"))]
    return any(word == name or name.startswith(f"{word}-") or name.endswith(f"-{word}") for name in names)
