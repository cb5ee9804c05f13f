"""What the cluster has on record about one thing and what belongs to it, fact by fact, with the words for each.

Where no answer of its own fits a question, its words are held against these (`closest_facts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.fields import leaves
from sre_agent.chat.answers.related import select, workload_of
from sre_agent.chat.answers.revisions import REVISIONED, revision_lines
from sre_agent.chat.attributes import ObjectAttribute, attributes
from sre_agent.chat.line_words import stem
from sre_agent.chat.lookup_session import rows
from sre_agent.domain.finding import Evidence

PARTS: Final = ("spec", "status", "metadata.labels", "metadata.annotations", "metadata.creationTimestamp")
OWN_PARTS: Final = (
    *PARTS,
    "provisioner",
    "parameters",
    "reclaimPolicy",
    "allowVolumeExpansion",
    "volumeBindingMode",
)
_BELONGING: Final = {  # to a workload; what else is looked at of some kinds
    "Service": ("Pod", "Ingress"),
    "Ingress": ("Service",),
    "Node": (),
    "PersistentVolumeClaim": ("PersistentVolume", "StorageClass", "Pod"),
}
_OF_A_WORKLOAD: Final = (
    "Pod", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Service", "Ingress", "PersistentVolumeClaim", "Job",
)  # fmt: skip
SMALL: Final = 7  # values of an entry of a list that are told together
_FEW: Final = 4  # objects of a kind that are read in full
_LONGEST: Final = 160  # characters of a value
_SPLIT: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_HYPHEN: Final = re.compile(r"(?<![A-Za-z])[A-Za-z]++-[A-Za-z]++")
_FRAME: Final = frozenset({"spec", "status", "template", "metadata", "containers", "items", "kubernetes", "io"})
_OF_REVISIONS: Final = ("roll", "back", "rollback", "revision", "version", "before", "previous", "earlier", "image")


@dataclass(frozen=True)
class Fact:
    """`stems` are those of the words that it may be asked by; `holder` is what it is a fact of."""

    holder: str
    text: str
    stems: frozenset[str]
    evidence: Evidence


async def facts_of(talk: AnswerContext, subject: Subject) -> list[Fact]:
    """Those of the thing itself, then those of what belongs to it. What cannot be read is left out."""
    row, evidence = await talk.object(subject, *OWN_PARTS)
    facts = list(_facts(subject.kind, subject.name, row, evidence))
    for kind in _BELONGING.get(subject.kind, _OF_A_WORKLOAD):
        evidence_of_kind = await select(talk, subject, kind, list(PARTS), limit=_FEW) if kind != subject.kind else None
        for one in rows(evidence_of_kind) if evidence_of_kind is not None else []:
            facts += _facts(kind, str(one.get("name", "")), one, evidence_of_kind or evidence)
    owner = await workload_of(talk, subject)
    if owner.kind in REVISIONED:
        lines, history = await revision_lines(talk, owner)
        words = frozenset(map(stem, _OF_REVISIONS))
        facts += [
            Fact(f"{owner.kind} {owner.name}", line.removeprefix("- "), words | _stems(line), history) for line in lines
        ]
    return facts


def stems_of(text: str) -> frozenset[str]:
    """Of the words of a text, and of words with a hyphen also written as one: `back-off`, `backoff`."""
    return _stems(text) | {stem(word.replace("-", "")) for word in _HYPHEN.findall(text)}


def _facts(kind: str, name: str, row: dict[str, Any], evidence: Evidence) -> Iterator[Fact]:
    of_kind = _kind_stems(kind)
    for part in OWN_PARTS:
        for path, value in _values(part, row.get(part)):
            attribute = _attribute_at(kind, path)
            words = " ".join([" ".join(attribute.words), attribute.title]) if attribute else ""
            stems = of_kind | _path_stems(path) | _stems(words) | stems_of(value[:_LONGEST])
            title = attribute.title if attribute else ".".join(path.split(".")[-3:])
            yield Fact(f"{kind} {name}", f"{title}: {excerpt(value, _LONGEST)}", frozenset(stems), evidence)


def _values(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """As `leaves`, but what a small entry of a list holds together: `name cpu, averageUtilization 60`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _values(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for item in value:
            inside = list(leaves("", item)) if isinstance(item, Mapping) else []
            if not inside or len(inside) > SMALL or "image" in item:  # a container is more than one thing
                inner_path = f"{path}.{item.get('name', '')}" if isinstance(item, Mapping) else path
                yield from _values(inner_path, item) if isinstance(item, Mapping) else leaves(path, [item])
            else:
                yield path, ", ".join(f"{name.lstrip('.')} {inner}" for name, inner in inside)
    else:
        yield from leaves(path, value)


def _attribute_at(kind: str, path: str) -> ObjectAttribute | None:
    """The attribute whose field it is; names of containers and the like stand between."""
    names = path.split(".")
    for columns, one in _columns(kind):
        if columns[-1] == names[-1] or (columns[-2:] == ("env", "name") and "env" in names):
            rest = iter(names)
            if all(part in rest for part in columns if part != "name"):
                return one
    return None


@cache
def _columns(kind: str) -> Sequence[tuple[tuple[str, ...], ObjectAttribute]]:
    pairs = [(tuple(c.split(".")), one) for one in attributes().values() for c in one.columns(kind) if "." in c]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


@cache
def _kind_stems(kind: str) -> frozenset[str]:
    return frozenset(part for word, its_kind in w.KINDS.items() if its_kind == kind for part in _stems(word))


def _path_stems(path: str) -> frozenset[str]:
    return frozenset(
        stem(part) for name in path.split(".") if name not in _FRAME for part in _SPLIT.split(name) if part
    )


def _stems(text: str) -> frozenset[str]:
    low = [part.lower() for part in _SPLIT.split(text) if part]
    return frozenset(stem(part) for part in low if part not in w.FUNCTION and part not in w.FILLERS)
