"""A chart's template read without rendering it: its documents as YAML in which each expression stands as a mark. Pure.

Lines that hold nothing but control (`if`, `with`, `range`, `end`) are left out; what they enclose stays, but for
helpers, which are rendered elsewhere. A field that two branches write is not told apart, and so it is not located.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from mcp_servers.contract.field_changes import NAME_KEY, entry_name

_ACTION: Final = re.compile(r"\{\{([^{}\n]*)\}\}")
_MARK: Final = re.compile(r"\uE000(\d+)\uE001")
_CONTROL: Final = re.compile(r"(?:if|else|end|with|range|define|template|block|/\*)(?:\s|\b|$)|\$\w+\s*:?=")
_HELPER: Final = "define"  # the scope of a helper
_WITH: Final = re.compile(r"(?:else\s+)?with\s+(\S+)$")


@dataclass(frozen=True)
class Expression:
    """What stands between braces, and what `.` means there: `.Values.x` inside of a `with`, empty at the top."""

    text: str
    scope: str


@dataclass(frozen=True)
class TemplateField:
    """A field's text as literal parts and expressions in turn. `rest` is the path below it that an expression gives."""

    parts: tuple[str | Expression, ...]
    rest: tuple[str, ...]


class Template:
    """One file of a chart's templates."""

    def __init__(self, text: str) -> None:
        self._expressions: list[Expression] = []
        self._documents = self._compose(text)

    def documents(self, kind: str) -> list[yaml.MappingNode]:
        return [root for root in self._documents if _scalar(_only(root, "kind")) == kind]

    def name_pattern(self, root: yaml.MappingNode) -> str:
        """A regular expression for the name of a document's object: what an expression gives may be anything."""
        metadata = _only(root, "metadata")
        name = _scalar(_only(metadata, NAME_KEY)) if isinstance(metadata, yaml.MappingNode) else None
        return "".join(".*" if n % 2 else re.escape(part) for n, part in enumerate(_MARK.split(name or "")))

    def field(self, root: yaml.MappingNode, path: Sequence[str]) -> TemplateField | None:
        """The field's text in a document; None where the template has no such field, or has it twice."""
        node: yaml.Node | None = root
        for depth, step in enumerate(path):
            below = _step(node, step)
            if below is None:
                text = self._open_text(node)
                return TemplateField(self._parts(text), tuple(path[depth:])) if text else None
            node = below
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else self._open_text(node)
        return TemplateField(self._parts(text), ()) if text is not None else None

    def _open_text(self, node: yaml.Node | None) -> str | None:
        """The expression that gives all or the rest of a mapping or list; None where there is none, or several."""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value) if _MARK.search(node.value) else None
        keys = [_scalar(key) or "" for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        open_keys = [key for key in keys if _MARK.search(key)]
        return open_keys[0] if len(open_keys) == 1 else None

    def _parts(self, text: str) -> tuple[str | Expression, ...]:
        parts = _MARK.split(text)
        return tuple(self._expressions[int(part)] if n % 2 else part for n, part in enumerate(parts))

    def _compose(self, text: str) -> list[yaml.MappingNode]:
        roots = []
        for part in re.split(r"(?m)^---.*$", self._with_marks(text)):
            try:
                node = yaml.compose(part, Loader=yaml.SafeLoader)
            except (yaml.YAMLError, RecursionError):
                continue
            if isinstance(node, yaml.MappingNode):
                roots.append(node)
        return roots

    def _with_marks(self, text: str) -> str:
        scopes: list[str | None] = []
        return "\n".join(self._marked_lines(text.split("\n"), scopes))

    def _marked_lines(self, lines: Sequence[str], scopes: list[str | None]) -> Iterator[str]:
        for line in lines:
            actions = [_bare(action) for action in _ACTION.findall(line)]
            if not actions or line.lstrip().startswith("#"):
                if _HELPER not in scopes:
                    yield "" if "{{" in line and not actions else line
                continue
            for action in actions:
                _enter(action, scopes)
            if _HELPER in scopes:
                continue
            if _ACTION.sub("", line).strip() or not all(_CONTROL.match(action) for action in actions):
                yield self._marked_line(line, next((each for each in reversed(scopes) if each is not None), ""))

    def _marked_line(self, line: str, scope: str) -> str:
        """A line that is nothing but an expression gives keys or entries: its mark becomes a key."""
        text = _ACTION.sub(lambda match: self._mark(_bare(match[1]), scope), line)
        return text if _ACTION.sub("", line).strip() else f"{text}:"

    def _mark(self, text: str, scope: str) -> str:
        if _CONTROL.match(text):
            return ""
        self._expressions.append(Expression(text, scope))
        return f"\ue000{len(self._expressions) - 1}\ue001"


def _bare(action: str) -> str:
    """What stands in an action, without the dashes that trim the text around it."""
    return action.removeprefix("-").removesuffix("-").strip()


def _enter(action: str, scopes: list[str | None]) -> None:
    if match := _WITH.match(action):
        if action.startswith("else"):
            scopes[-1:] = []
        scopes.append(match[1].removeprefix("$"))
    elif re.match(r"define\b", action):
        scopes.append(_HELPER)
    elif re.match(r"range\b|block\b", action):
        scopes.append("?")
    elif re.match(r"if\b|with\b", action):
        scopes.append(None)
    elif action == "end" and scopes:
        scopes.pop()


def _step(node: yaml.Node | None, step: str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode):
        items = [item for item in node.value if isinstance(item, yaml.MappingNode)]
        matches = [item for item in items if _scalar(_only(item, NAME_KEY)) == entry_name(step)]
        if not matches and len(items) == 1 and _MARK.search(_scalar(_only(items[0], NAME_KEY)) or ""):
            matches = items  # the only entry, whose name an expression gives
        return matches[0] if len(matches) == 1 else None
    return _only(node, step)


def _only(node: yaml.Node | None, key: str) -> yaml.Node | None:
    values = [value for name, value in node.value if _scalar(name) == key] if isinstance(node, yaml.MappingNode) else []
    return values[0] if len(values) == 1 else None


def _scalar(node: yaml.Node | None) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None
