"""Changing one field in the text of a YAML file, so that comments, order and quotes stay as people wrote them. Pure.

The parser says where a value stands in the text, and only those characters are replaced. What comes out is parsed
again: unless it differs from the document before in just that field, nothing is offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import yaml

from mcp_servers.contract.field_changes import NAME_KEY, entry_name, value_at, with_value

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where libyaml is there


class NotEditableError(ValueError):
    """The text is no YAML, or the field cannot be set in it without changing something else."""


def documents(text: str) -> list[Any]:
    """The documents of a YAML text as values, which nobody changes. Raises NotEditableError."""
    return list(_values_of(text))


@lru_cache(maxsize=2048)
def _values_of(text: str) -> tuple[Any, ...]:
    """A file is asked for many times in one search."""
    try:
        return tuple(yaml.load_all(text, Loader=_LOADER))
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise NotEditableError(f"it is not valid YAML: {problem}") from problem


def with_field(text: str, document: int, path: Sequence[str], value: Any) -> str:
    """The text with `value` at a path of one of its documents; None takes the field away. Raises NotEditableError."""
    before = documents(text)
    if value_at(before[document], path) == value:
        return text
    root = list(yaml.compose_all(text, Loader=yaml.SafeLoader))[document]
    changed = _splice(text, root, path, value)
    expected = [*before]
    expected[document] = with_value(before[document], path, value)
    if documents(changed) != expected:
        raise NotEditableError("the field cannot be set there without changing something else.")
    return changed


def with_item(text: str, document: int, key: str, item: Any) -> str:
    """The text with one more entry at the end of a list at the top of a document. Raises NotEditableError."""
    before = documents(text)
    items = before[document].get(key) or []
    if not items:
        return with_field(text, document, (key,), [item])
    root = list(yaml.compose_all(text, Loader=yaml.SafeLoader))[document]
    node = _child(root, key)
    if node is None or _is_flow(node):
        raise NotEditableError(f"the list {key} is written on one line.")
    changed = _behind(text, node, [item])
    expected = [*before]
    expected[document] = {**before[document], key: [*items, item]}
    if documents(changed) != expected:
        raise NotEditableError("the entry cannot be added there without changing something else.")
    return changed


def _splice(text: str, root: yaml.Node | None, path: Sequence[str], value: Any) -> str:
    node, depth = root, 0
    while node is not None and depth < len(path) and (child := _child(node, path[depth])) is not None:
        node, depth = child, depth + 1
    if node is None:
        raise NotEditableError("the document is empty.")
    if value is None:
        return _without(text, root, path) if depth == len(path) else text
    if depth == len(path):
        return _replace(text, node, value)
    return _add(text, node, path[depth], _nest(path[depth + 1 :], value))


def _child(node: yaml.Node, step: str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode):
        if step.isdigit():
            return node.value[int(step)] if int(step) < len(node.value) else None
        name = entry_name(step)
        return next((item for item in node.value if name and _scalar(_child(item, NAME_KEY)) == name), None)
    if not isinstance(node, yaml.MappingNode):
        return None
    values = [item for key, item in node.value if _scalar(key) == step]
    if len(values) > 1:
        raise NotEditableError(f"it names {step} twice.")
    return values[0] if values else None


def _scalar(node: yaml.Node | None) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _nest(path: Sequence[str], value: Any) -> Any:
    for step in reversed(path):
        name = entry_name(step)
        value = [{NAME_KEY: name, **(value if isinstance(value, dict) else {})}] if name else {step: value}
    return value


def _replace(text: str, node: yaml.Node, value: Any) -> str:
    start, end = node.start_mark.index, _end(text, node)
    if isinstance(value, dict | list) and value and not _is_flow(node):
        column = node.start_mark.column if isinstance(node, yaml.CollectionNode) else None
        if column is None:
            raise NotEditableError("a single value stands where several would.")
        return text[:start] + _block(value, column).lstrip() + text[end:]
    if isinstance(node, yaml.ScalarNode) and node.style == "|" and isinstance(value, str):
        return text[:start] + _literal(text[start:end], value) + text[end:]
    return text[:start] + _inline(value, node) + text[end:]


def _add(text: str, node: yaml.Node, step: str, value: Any) -> str:
    """`text` with another key in a mapping, or another entry in a list."""
    name = entry_name(step)
    if name:
        if not isinstance(node, yaml.SequenceNode) or not isinstance(value, dict):
            raise NotEditableError(f"there is no list in which {name} would be an entry.")
        item: Any = [{NAME_KEY: name, **value}]
    elif isinstance(node, yaml.MappingNode):
        item = {step: value}
    else:
        raise NotEditableError(f"there is no mapping in which {step} would be a key.")
    if _is_flow(node):
        inner = _flow(item)[1:-1]
        last = node.end_mark.index - 1
        return text[:last].rstrip() + (", " if node.value else "") + inner + text[last:]
    return _behind(text, node, item)


def _behind(text: str, node: yaml.Node, item: Any) -> str:
    """`text` with a key or an entry behind the last one of a block."""
    line_end = text.find("\n", _end(text, node))
    line_end = len(text) if line_end < 0 else line_end
    return text[:line_end] + "\n" + _block(item, node.start_mark.column) + text[line_end:]


def _without(text: str, root: yaml.Node | None, path: Sequence[str]) -> str:
    parent = root
    for step in path[:-1]:
        parent = _child(parent, step) if parent is not None else None
    if parent is None or not isinstance(parent, yaml.CollectionNode) or _is_flow(parent) or len(parent.value) < 2:
        raise NotEditableError("the field is the only one there, or written on one line with others.")
    if isinstance(parent, yaml.MappingNode):
        key, item = next((key, item) for key, item in parent.value if _scalar(key) == path[-1])
        start = key.start_mark.index
    else:
        item = _child(parent, path[-1])
        start = text.rfind("-", 0, item.start_mark.index) if item is not None else 0
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", _end(text, item))
    if text[line_start:start].strip() or item is None:
        raise NotEditableError("something else stands on the same line.")
    return text[:line_start] + (text[line_end + 1 :] if line_end >= 0 else "")


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _end(text: str, node: yaml.Node) -> int:
    """Where a node's own text ends: a block's mark stands behind the comments and empty lines after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end = int(node.end_mark.index)
    return end if isinstance(node, yaml.CollectionNode) else len(text[:end].rstrip())


def _inline(value: Any, node: yaml.Node) -> str:
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    if style in ("'", '"') and isinstance(value, str):
        return str(yaml.safe_dump(value, default_style=style, width=10_000)).strip()
    return _flow(value)


def _literal(old: str, value: str) -> str:
    """The text of a literal block as it stands in a file, with other lines under the same header."""
    header, _, body = old.partition("\n")
    first = next(line for line in body.split("\n") if line.strip())
    indent = first[: len(first) - len(first.lstrip())]
    return "\n".join([header, *(f"{indent}{line}" if line else "" for line in value.rstrip("\n").split("\n"))])


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay readable."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000)
    return str(text).removesuffix("...\n").strip()


def _block(value: Any, column: int) -> str:
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, sort_keys=False, width=10_000).rstrip("\n")
    return "\n".join(" " * column + line if line else "" for line in str(text).split("\n"))
