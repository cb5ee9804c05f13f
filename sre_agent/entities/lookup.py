"""What looking a name up comes to, as a type: the one thing, several, none, or nobody could look.

Whoever looks a name up answers with one of these, and whoever asked decides by it. Its words are for people: they are
written by `reports.lookups`, or by the chat into `says`, and no code reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.refusals import Refusal


@dataclass(frozen=True)
class ResolvedEntity:
    """The one thing that is meant. `note` tells people where it has another name or kind than was asked for."""

    subject: Subject
    note: str = ""
    choices: ClassVar[tuple[str, ...]] = ()
    says: ClassVar[str] = ""


@dataclass(frozen=True)
class AmbiguousEntity:
    """Several things have the name. `choices` tell them apart, which they do by `differ_in`."""

    name: str = ""
    choices: tuple[str, ...] = ()
    differ_in: Literal["namespace", "kind"] = "namespace"
    said_in: str = ""
    says: str = ""
    subject: ClassVar[None] = None
    note: ClassVar[str] = ""


@dataclass(frozen=True)
class AbsentEntity:
    """Nothing has the name, of the kind and in the namespace that were asked for. `choices` are near names.

    `is_claim` is False for a word that may be no name at all. `certain`: and nothing is near it.
    """

    name: str = ""
    kind: str = ""
    namespace: str = ""
    choices: tuple[str, ...] = ()
    said_in: str = ""
    is_claim: bool = True
    certain: bool = False
    says: str = ""
    subject: ClassVar[None] = None
    note: ClassVar[str] = ""


@dataclass(frozen=True)
class UnavailableEntity:
    """Whether anything has the name is not known: `refusal` says why."""

    refusal: Refusal
    says: str = ""
    subject: ClassVar[None] = None
    note: ClassVar[str] = ""
    choices: ClassVar[tuple[str, ...]] = ()


Unmet = AmbiguousEntity | AbsentEntity | UnavailableEntity
Lookup = ResolvedEntity | Unmet
