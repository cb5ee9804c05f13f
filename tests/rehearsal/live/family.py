"""A family of live namespaces, and the trials that are drawn from it."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tests.rehearsal.live.draw import LiveApp, LiveDraw

Intent = Literal["right", "useless", "harmful"]
INTENTS: Final[tuple[Intent, ...]] = ("right", "useless", "harmful")
RemedyCall = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class BrokenNamespace:
    """The workload that is in trouble, whom its Service has to answer (`callers`; nobody: whoever is outside), and the
    remedies by what they are meant to be. What they are is measured. `alarmed` is where it is noticed, if elsewhere."""

    victim: LiveApp
    right: list[RemedyCall]
    useless: list[RemedyCall]
    harmful: list[RemedyCall]
    alarm_on: Literal["deployment", "service"] = "deployment"
    callers: list[LiveApp] = field(default_factory=list)
    alarmed: LiveApp | None = None


@dataclass(frozen=True)
class LiveTrial:
    """One namespace of a family, and what one remedy is meant to be there."""

    family: str
    intent: Intent
    number: int
    make: Callable[[LiveDraw], BrokenNamespace]

    @property
    def name(self) -> str:
        return f"{self.family}-{self.intent}-{self.number}"

    @property
    def kept_aside(self) -> bool:
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1

    def drawn(self) -> tuple[LiveDraw, BrokenNamespace, RemedyCall]:
        """The same at every call."""
        draw = LiveDraw(random.Random(self.name))
        broken_namespace = self.make(draw)
        choice: RemedyCall = draw.rng.choice(getattr(broken_namespace, self.intent))
        return draw, broken_namespace, choice


_FAMILIES: Final[dict[str, Callable[[LiveDraw], BrokenNamespace]]] = {}


def family(make: Callable[[LiveDraw], BrokenNamespace]) -> Callable[[LiveDraw], BrokenNamespace]:
    _FAMILIES[make.__name__] = make
    return make


def live_trials(*, each: int) -> Iterator[LiveTrial]:
    """So many of each family and intent."""
    package = importlib.import_module("tests.rehearsal.live")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("families_"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    for name, make in sorted(_FAMILIES.items()):
        for intent in INTENTS:
            for number in range(1, each + 1):
                yield LiveTrial(name, intent, number, make)
