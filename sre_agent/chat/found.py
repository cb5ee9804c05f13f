"""What the names of a question lead to, and what of a conversation is remembered for the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mcp_servers.contract.facts import Subject


@dataclass
class Memory:
    """What the answers before were about: the newest first; whether it was told what can be asked, and whether AWS did
    not answer."""

    subjects: list[Subject] = field(default_factory=list)
    others: list[Subject] = field(default_factory=list)
    namespace: str = ""
    explained: bool = False
    cloud_is_silent: bool = False

    def remember(self, subjects: Sequence[Subject], namespace: str = "") -> None:
        if subjects:
            new = list(dict.fromkeys(subjects))
            self.others = [s for s in [*self.subjects, *self.others] if s not in new][:10]
            self.subjects = new
            self.namespace = new[0].namespace or self.namespace
        if namespace:
            self.namespace = namespace


@dataclass(frozen=True)
class Found:
    """A subject, or why there is none and what may be meant instead. `note` says what was taken for what; `denied`:
    it is certain that there is no such thing, and none is near it."""

    subject: Subject | None = None
    problem: str = ""
    choices: tuple[str, ...] = ()
    note: str = ""
    unavailable: bool = False
    denied: bool = False
