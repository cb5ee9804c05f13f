"""Reads the class files: those of the package, then those of configured folders, which may replace a shipped class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml
from pydantic import ValidationError

from sre_agent.domain.record import content_digest
from sre_agent.errors import SettingsError
from sre_agent.failures.checking import mistakes
from sre_agent.failures.model import FailureClass


class _Loader(yaml.CSafeLoader):
    """YAML 1.2 in one point: only true and false are booleans, so that `on` is a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:bool"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


class Catalogue:
    """The classes by name, in the order of their files."""

    def __init__(self, classes: Sequence[FailureClass]) -> None:
        self._classes = {entry.name: entry for entry in classes}

    def __iter__(self) -> Iterator[FailureClass]:
        return iter(self._classes.values())

    def __len__(self) -> int:
        return len(self._classes)

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def __getitem__(self, name: str) -> FailureClass:
        """The class of that name. Raises SettingsError for one that is not there."""
        if name not in self._classes:
            raise SettingsError(f"There is no failure class {name!r}. There are: {', '.join(self._classes)}.")
        return self._classes[name]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the classes say: the same verdicts come from the same classes alone."""
        return content_digest([entry.model_dump(mode="json") for entry in self])

    def plus(self, entry: FailureClass) -> Catalogue:
        """The same classes and this one; the catalogue itself stays as it is."""
        return Catalogue([*self._classes.values(), entry])


def load(folders: Sequence[Path] = ()) -> Catalogue:
    """The shipped classes and those of `folders`. Raises SettingsError naming file and field."""
    files = _files(resources.files(__package__) / "classes")
    for folder in folders:
        if not folder.is_dir():
            raise SettingsError(f"The folder of failure classes {folder} is not there.")
        files += _files(folder)
    return _catalogue(tuple(files))


@lru_cache(maxsize=16)
def _catalogue(files: tuple[tuple[str, str, str], ...]) -> Catalogue:
    """One of the same texts in a process: a worker opens one for each set of settings, and each run asks its digest."""
    classes = {entry.name: entry for entry in (_read(*file) for file in files)}
    shown_groups = {group for entry in classes.values() for group in entry.shows_as}
    for entry in classes.values():
        for effect in entry.effects:
            if effect.group and effect.group not in shown_groups:
                there = ", ".join(sorted(shown_groups))
                raise SettingsError(
                    entry.fault("effects", f"no class shows as {effect.group!r}; the groups are {there}")
                )
    return Catalogue(list(classes.values()))


def _files(folder: Traversable) -> list[tuple[str, str, str]]:
    """Path, name and text of each class file of a folder, by name."""
    files = sorted((f for f in folder.iterdir() if f.name.endswith((".yaml", ".yml"))), key=lambda f: f.name)
    return [(str(file), file.name, file.read_text(encoding="utf-8")) for file in files]


@lru_cache(maxsize=1024)
def _read(file: str, name: str, text: str) -> FailureClass:
    """What a text says, looked through for what could never be told or never match."""
    try:
        raw = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        entry = FailureClass.model_validate(raw, context=file)
    except ValidationError as problem:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in problem.errors()]
        raise SettingsError(f"The failure class {name} cannot be used: {'; '.join(lines)}") from problem
    except yaml.YAMLError as problem:
        raise SettingsError(f"The failure class {name} is not YAML: {problem}") from problem
    if wrong := list(dict.fromkeys(mistakes(entry))):
        raise SettingsError(f"The failure class {file} cannot be used: {'; '.join(wrong)}")
    return entry
