"""Several lists read at once, each answer or gap accounted for."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from mcp_servers.contract.facts import Coverage, CoverageState
from mcp_servers.contract.refusals import ServiceCode
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.connection.client import JSON, NAMES
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.foreign_text import with_short_texts
from mcp_servers.kubernetes.snapshot.kinds import KINDS, ResourceType
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.serving.cancellation import at_once
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.gaps import gap as gap

PAGE = 500
PAGES = 4
AT_ONCE = 8
HOLDERS = ("ConfigMap", "Secret")
BY_NAME = ("Secret",)  # lists leave out what they hold: where a key matters, `with_keys` asks for the keys
NO_RELEASES = "type!=helm.sh/release.v1"


_OF_ONE_KIND = (  # what of a refusal names the kind, so that refusals of many kinds are one
    (re.compile(r"\blist \S+ of\b"), "list them of"),
    (re.compile(r"(?<!\S)\S++ (?:is|are) forbidden"), "forbidden"),
    (re.compile(r'resource "[^"]*" in API group "[^"]*"'), "them"),
    (re.compile(r" for /apis?/\S+"), ""),
)

T = TypeVar("T")
Keys = Callable[[Obj], Iterable[Hashable]]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Lists:
    """`objects` by kind, only of kinds that could be read; `problems` holds the errors of the others.

    Names are looked up as in one namespace: of a whole cluster's lists, look into `by_namespace`. Objects are not
    added after the first look-up: what `by` has put in order stays so, and what `once` has made.
    """

    objects: dict[str, list[Obj]] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)
    problems: dict[str, TeachingError] = field(default_factory=dict)
    as_of: datetime | None = None
    _indexes: dict[tuple[str, Keys], dict[Hashable, list[Obj]]] = field(default_factory=dict, repr=False)
    _results: dict[Callable[[Lists], Any], Any] = field(default_factory=dict, repr=False)

    def of(self, kind: str) -> list[Obj]:
        return self.objects.get(kind, [])

    def has(self, kind: str) -> bool:
        """Whether the kind was read completely: only then does absence mean anything."""
        return kind in self.objects and not any(c.state == "truncated" and kind in c.kinds for c in self.coverage)

    def by(self, kind: str, keys: Keys) -> Mapping[Hashable, list[Obj]]:
        """The objects of a kind under every key that `keys` has for them, in order; made once for each function."""
        index = self._indexes.get((kind, keys))
        if index is None:
            index = self._indexes[(kind, keys)] = {}
            for obj in self.of(kind):
                for key in keys(obj):
                    index.setdefault(key, []).append(obj)
        return index

    def once(self, make: Callable[[Lists], T]) -> T:
        """What `make` makes of these lists, made with the first question: many workloads ask the same of them."""
        if make not in self._results:
            self._results[make] = make(self)
        result: T = self._results[make]
        return result

    def by_name(self, kind: str, name: str) -> Obj | None:
        matches = self.by(kind, _name).get(name)
        return matches[0] if matches else None

    def about(self, obj: Obj) -> list[Obj]:
        """The events of one object, oldest first, without those of an earlier one of the same name.

        Names suffice where recordings leave uids out. Every extractor asks for them: nobody may change the list.
        """
        answers = self.once(_answers)
        if id(obj) not in answers:
            answers[id(obj)] = obj, self._about(obj)
        return answers[id(obj)][1]

    def _about(self, obj: Obj) -> list[Obj]:
        named_events = self.by("Event", _involved_key).get((str(obj.get("kind", "")), o.name(obj)), [])
        uid, created = o.meta(obj).get("uid"), o.created_at(obj) or _LONG_AGO
        mine = [e for e in named_events if not _of_another(e, uid) or (o.last_seen(e) or created) >= created]
        return sorted(mine, key=lambda e: o.last_seen(e) or _LONG_AGO)

    def by_namespace(self) -> dict[str, Lists]:
        """The lists of each namespace that holds anything, with the objects that belong to none beside."""
        cluster_wide = {kind: objects for kind, objects in self.objects.items() if not KINDS[kind].namespaced}
        parts: dict[str, dict[str, list[Obj]]] = {}
        for kind in self.objects.keys() - cluster_wide.keys():
            for obj in self.objects[kind]:
                part = parts.setdefault(str(o.meta(obj).get("namespace", "")), {})
                part.setdefault(kind, []).append(obj)
        empty: dict[str, list[Obj]] = {kind: [] for kind in self.objects}
        return {
            name: Lists(empty | cluster_wide | part, self.coverage, self.problems, self.as_of)
            for name, part in sorted(parts.items())
        }

    def merged(self, other: Lists) -> Lists:
        return Lists(
            {**self.objects, **other.objects},
            [*self.coverage, *other.coverage],
            {**self.problems, **other.problems},
            max((t for t in (self.as_of, other.as_of) if t is not None), default=None),
        )


def read(
    api: Api,
    namespace: str,
    kinds: Sequence[str],
    *,
    required: Sequence[str] = (),
    beside: bool = False,
    pages: int = PAGES,
    fields: Mapping[str, Sequence[str]] | None = None,
) -> Lists:
    """The lists of these kinds in a namespace (empty: all), at most so many pages of each; of a kind in `fields` what
    each of its field selectors takes, which have to exclude one another.

    Raises TeachingError when a required one failed, and when all did unless they are read `beside` others.
    """
    lists = Lists()
    results = at_once(lambda kind: _parts(api, KINDS[kind], namespace, pages, fields or {}), kinds, AT_ONCE)
    for kind, result in zip(kinds, results, strict=True):
        looked_at = f"{KINDS[kind].plural} {_where(KINDS[kind], namespace)}"
        if isinstance(result, TeachingError):
            lists.problems[kind] = result
            lists.coverage.append(gap(result, looked_at, (kind,)))
            continue
        objects, as_of, cut = result
        lists.objects[kind] = objects
        coverage = _coverage_of(looked_at, f"the first {len(objects)} were read", cut)
        lists.coverage.append(coverage.model_copy(update={"kinds": (kind,)}))
        lists.as_of = as_of if lists.as_of is None else max(lists.as_of, as_of)
    failed = [lists.problems[kind] for kind in required if kind in lists.problems]
    if failed or (kinds and not lists.objects and not beside):
        raise (failed or list(lists.problems.values()))[0]
    return lists


def with_keys(api: Api, namespace: str, names: set[str], lists: Lists) -> Lists:
    """The lists with the keys of these Secrets, as far as they are there and may be read: from one list of the
    namespace, whose values are dropped on arrival. Helm's releases, which are large, are left out of it."""
    there = {name: read_secret for name in names if (read_secret := lists.by_name("Secret", name)) is not None}
    if not there:
        return lists
    looked_at = f"keys of secrets of namespace {namespace}"
    result = _list(api, KINDS["Secret"], namespace, PAGES, NO_RELEASES, names_only=False)
    if isinstance(result, TeachingError):
        return lists.merged(Lists(coverage=[gap(result, looked_at)]))
    secrets, _, cut = result
    for secret in secrets:
        if o.name(secret) in there:
            there[o.name(secret)]["data"] = secret["data"]
    return lists.merged(Lists(coverage=[_coverage_of(looked_at, "", cut)]))


def _coverage_of(looked_at: str, read: str, cut: Truncation) -> Coverage:
    """What a list covers, which may have been cut, or have broken off."""
    if isinstance(cut, TeachingError):
        detail = f"{read}; {cut}" if read else str(cut)
        return Coverage(looked_at=looked_at, state="partial", detail=detail, code=cut.refusal.passing_code)
    return Coverage(looked_at=looked_at, state="truncated" if cut else "complete", detail=read if cut else "")


def compact(coverage: list[Coverage]) -> list[Coverage]:
    """What was read completely in one entry for each place; so too what was kept from us for one reason."""
    together: dict[tuple[str, CoverageState, str, ServiceCode], list[tuple[str, Coverage]]] = {}
    for entry in coverage:
        what, _, where = entry.looked_at.partition(" ")
        detail = entry.detail
        for pattern, words in _OF_ONE_KIND:
            detail = pattern.sub(words, detail)
        together.setdefault((where, entry.state, detail, entry.code), []).append((what, entry))
    coverages = [
        Coverage(
            looked_at=f"{', '.join(what for what, _ in alike)} {where}".strip(),
            kinds=tuple(kind for _, item in alike for kind in item.kinds)
            if all(item.kinds for _, item in alike)
            else (),
            state=state,
            detail=detail,
            code=code,
        )
        for (where, state, detail, code), alike in together.items()
    ]
    return sorted(coverages, key=lambda c: c.state != "complete")


def _answers(_: Lists) -> dict[int, tuple[Obj, list[Obj]]]:
    """The events that were asked for, by the identity of the object, which is held so that no other gets it."""
    return {}


def _name(obj: Obj) -> tuple[Hashable]:
    return (o.name(obj),)


def _involved_key(event: Obj) -> tuple[Hashable]:
    return (o.involved(event),)


def _of_another(event: Obj, uid: object) -> bool:
    event_uid = (event.get("involvedObject") or event.get("regarding") or {}).get("uid")
    return bool(uid and event_uid and uid != event_uid)


Truncation = bool | TeachingError  # an error: the list broke off, and what was read until then is told as a part
ListResult = tuple[list[Obj], datetime, Truncation]


def _parts(
    api: Api, resource: ResourceType, namespace: str, pages: int, fields: Mapping[str, Sequence[str]]
) -> ListResult | TeachingError:
    """One list, or the lists of each field selector as one."""
    objects: list[Obj] = []
    cut: Truncation = False
    as_of = _LONG_AGO
    for selector in fields.get(resource.kind, ("",)):
        part = _list(api, resource, namespace, pages, selector, names_only=resource.kind in BY_NAME)
        if isinstance(part, TeachingError):
            return part
        objects += part[0]
        as_of, cut = max(as_of, part[1]), cut or part[2]
    return objects, as_of, cut


def _list(
    api: Api, resource: ResourceType, namespace: str, pages: int, selector: str, *, names_only: bool
) -> ListResult | TeachingError:
    """The objects with kind and apiVersion, which lists leave out; secret values are dropped on arrival."""
    query: dict[str, str | int] = {"limit": PAGE} | ({"fieldSelector": selector} if selector else {})
    objects: list[Obj] = []
    before: Obj = {}
    request = f"list {resource.plural} {_where(resource, namespace)}"
    try:
        for _ in range(pages):
            reply = api.get(resource.path(namespace), query, request=request, accept=NAMES if names_only else JSON)
            for item in reply.body.get("items") or []:
                obj = o.without_values(with_short_texts(item) | {"kind": resource.kind, "apiVersion": resource.version})
                written_at = o.last_written(item) if resource.kind in HOLDERS else None
                o.meta(obj).pop("managedFields", None)  # half of an object's size
                if written_at is not None:
                    o.meta(obj)[o.LAST_WRITTEN] = written_at.isoformat()
                _share(obj, before)
                before = obj
                objects.append({k: v for k, v in obj.items() if k != "data"} if names_only else obj)
            token = (reply.body.get("metadata") or {}).get("continue")
            if not token:
                return objects, reply.as_of, False
            query["continue"] = token
    except TeachingError as problem:
        if objects and problem.kind == "unavailable":
            return objects, reply.as_of, problem
        return problem
    return objects, reply.as_of, True


def _share(obj: Any, before: Any) -> None:
    """Lets the object hold what is equal in the one before it, instead of a copy: a list's neighbours are mostly of one
    template, and ten thousand pods then take half of the memory. What is read is never changed below the top."""
    for key, value in obj.items() if isinstance(obj, dict) else enumerate(obj):
        try:
            twin = before[key]
        except LookupError:
            continue
        if type(value) is not type(twin):  # 1 equals True
            continue
        if value == twin:
            obj[key] = twin
        elif isinstance(value, dict | list):
            _share(value, twin)


def _where(resource: ResourceType, namespace: str) -> str:
    if not resource.namespaced:
        return "of the cluster"
    return f"of namespace {namespace}" if namespace else "of all namespaces"
