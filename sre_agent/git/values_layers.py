"""The values that a release is given, layer by layer: files, parts of documents, texts within documents, and single
values by their dotted names. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import yaml

from mcp_servers.contract.field_changes import Path, value_at, with_value
from sre_agent.git.sources import Files, SourceFile, joined, mapping
from sre_agent.git.yaml_text import NotEditableError, documents, with_field

VALUES_FILE: Final = "values.yaml"
_DOTTED: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*")


class UnreadValuesError(Exception):
    """A release is given values that are not read: the message says which."""


@dataclass(frozen=True)
class ValuesLayer:
    """Values in a document: what stands `at` a path of it. With `is_text`, that is a text of YAML. `within` is the part
    of them that is given, for a chart in a chart. `singles` are where single values stand, by their path. With
    `is_copy` they were fetched from elsewhere: a change would be lost."""

    file: SourceFile
    document: int
    at: Path
    values: Mapping[str, Any]
    within: Path = ()
    is_text: bool = False
    singles: Mapping[Path, Path] = field(default_factory=dict)
    is_copy: bool = False

    @property
    def place(self) -> str:
        return f"{self.file.path}#{self.document}#{'.'.join(self.at)}"

    def part(self, key: str) -> ValuesLayer:
        """What a chart within the chart is given of it. Values for all charts (`global`) are not followed."""
        return replace(self, values=mapping(self.values.get(key)), within=(*self.within, key))

    def title(self, path: Path) -> str:
        return ".".join(self.singles.get((*self.within, *path), (*self.at, *self.within, *path)))

    def with_value(self, text: str, path: Path, value: Any) -> str:
        """The file's text with another value at a path of these values. Raises NotEditableError."""
        full = (*self.within, *path)
        if self.singles:
            if full not in self.singles:
                raise NotEditableError("the value is no single one there.")
            old = value_at(documents(text)[self.document], self.singles[full])
            return with_field(text, self.document, self.singles[full], _like(old, value))
        if not self.is_text:
            return with_field(text, self.document, (*self.at, *full), value)
        inner = str(value_at(documents(text)[self.document], self.at))
        return with_field(text, self.document, self.at, with_field(inner, 0, full, value))


def _like(old: Any, value: Any) -> Any:
    """A value as it is written where the old one was: parameters are often texts."""
    if isinstance(value, dict | list):
        raise NotEditableError("several values would stand where a single one does.")
    return str(value) if isinstance(old, str) and not isinstance(value, bool) else value


def file_layers(files: Files, chart: str, paths: Sequence[str]) -> Iterator[ValuesLayer]:
    """The chart's own values, then those of files, in order. Raises UnreadValuesError for one that is not there."""
    own = joined(chart, VALUES_FILE)
    if own not in paths and own in files.by_path:
        yield file_layer(files, own)
    for path in paths:
        yield file_layer(files, path)


def file_layer(files: Files, path: str) -> ValuesLayer:
    """Values that are a file as a whole. Raises UnreadValuesError."""
    file = files.get(path)
    if file is None:
        raise UnreadValuesError(f"its values {path} are not in the repository.")
    try:
        contents = documents(file.text)
    except NotEditableError as problem:
        raise UnreadValuesError(f"its values {path} are filled in by a template, or not valid.") from problem
    if len(contents) > 1:
        raise UnreadValuesError(f"its values {path} are several documents.")
    return ValuesLayer(file, 0, (), mapping(contents[0] if contents else None))


def text_layer(file: SourceFile, document: int, at: Path, text: str) -> ValuesLayer:
    """Values that stand as a text in a document. Raises UnreadValuesError."""
    try:
        contents = documents(text)
    except NotEditableError as problem:
        raise UnreadValuesError(f"the values in {file.path} are not valid YAML.") from problem
    return ValuesLayer(file, document, at, mapping(contents[0] if contents else None), is_text=True)


def single_values(file: SourceFile, document: int, at: Path, items: Any, force: str) -> ValuesLayer:
    """Those of a list of names and values, as `--set` takes them; `force` is the key that keeps a value a text."""
    values: Any = {}
    singles: dict[Path, Path] = {}
    for number, item in enumerate(items if isinstance(items, list) else []):
        name, value = str(mapping(item).get("name")), mapping(item).get("value")
        if not _DOTTED.fullmatch(name) or value is None:
            raise UnreadValuesError(f"{file.path} sets {name}, which is not followed.")
        path = tuple(name.split("."))
        singles[path] = (*at, str(number), "value")
        is_open = isinstance(value, str) and not mapping(item).get(force)
        values = with_value(values, path, yaml.safe_load(value) if is_open and _is_number(value) else value)
    return ValuesLayer(file, document, at, values, singles=singles)


def _is_number(text: str) -> bool:
    return text.isdigit() or text in ("true", "false")
