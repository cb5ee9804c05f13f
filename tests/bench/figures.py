"""What a measurement is: a value, its unit, and what it has to keep to."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

Measure = Callable[[], "Iterator[Figure]"]


@dataclass(frozen=True)
class Figure:
    """`better` says on which side of the limit the value has to be."""

    what: str
    value: float
    unit: str
    limit: float
    better: Literal["≤", "≥"] = "≤"

    @property
    def holds(self) -> bool:
        return self.value <= self.limit if self.better == "≤" else self.value >= self.limit


def peak_megabytes(process: int | str = "self") -> float:
    """Of a process's own memory: `ru_maxrss` begins with what the process that started it had."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def areas(package: ModuleType) -> dict[str, Measure]:
    """`figures` of every module of the package that has one, by the module's name."""
    measures: dict[str, Measure] = {}
    for entry in pkgutil.iter_modules(package.__path__):
        if not entry.name.startswith("_"):
            measure = getattr(importlib.import_module(f"{package.__name__}.{entry.name}"), "figures", None)
            if measure is not None:
                measures[entry.name] = measure
    return measures
