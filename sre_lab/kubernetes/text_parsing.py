"""JSON and YAML texts as a Go program reads them: which fields stand there twice, and why a text cannot be read."""

from __future__ import annotations

import json
from typing import Any

import yaml

from sre_lab.kubernetes import json_errors


class ParseError(Exception):
    """The text is no JSON or no YAML; the message is the one of Go's parser."""


def read_json(body: bytes) -> tuple[Any, list[str]]:
    """(what the text says, the paths of fields that stand there twice: the last one counts); ParseError."""
    text = body.decode(errors="replace")
    twice: list[tuple[dict[str, Any], str]] = []

    def to_mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            keys = [key for key, _ in pairs]
            twice.extend((mapping, key) for key in mapping if keys.count(key) > 1)
        return mapping

    try:
        value = json.loads(text, object_pairs_hook=to_mapping, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ParseError(json_errors.explain(text)) from None
    return value, _paths(value, twice) if twice else []


def read_yaml(body: bytes) -> Any:
    """What the text says, with times as they are written; ParseError."""
    try:
        return yaml.load(body.decode(errors="replace"), _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        why = str(problem.problem).replace("allowed here", "allowed in this context")
        raise ParseError(f"yaml: line {line}: {why}") from None
    except yaml.YAMLError:
        raise ParseError("yaml: control characters are not allowed") from None


class _Loader(yaml.SafeLoader):
    """Without dates, which JSON does not have."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _no_number(text: str) -> float:
    raise ValueError(text)


def _paths(value: Any, twice: list[tuple[dict[str, Any], str]]) -> list[str]:
    """Where the fields are that stand twice, in the order in which they were found."""
    places: dict[int, str] = {}

    def visit(inner: Any, path: str) -> None:
        if isinstance(inner, dict):
            places[id(inner)] = path
            for key, below in inner.items():
                visit(below, f"{path}.{key}" if path else key)
        elif isinstance(inner, list):
            for number, below in enumerate(inner):
                visit(below, f"{path}[{number}]")

    visit(value, "")
    pairs = [(places[id(owner)], key) for owner, key in twice if id(owner) in places]
    return [f"{path}.{key}" if path else key for path, key in pairs]
