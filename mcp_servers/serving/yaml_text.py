"""Objects as YAML for reading: by libyaml where PyYAML was built with it, which takes a fifth of the time."""

from __future__ import annotations

from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

TEXT: Final = "tag:yaml.org,2002:str"
MAP: Final = "tag:yaml.org,2002:map"
LIST: Final = "tag:yaml.org,2002:seq"
SHORT: Final = 64  # characters; keys, kinds and states come again and again
CACHE_SIZE: Final = 8192
_Base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_tags: dict[tuple[str, Any], str] = {}  # what a short plain text would be read as


def yaml_text(value: Any, *, sort_keys: bool = False, width: int = 160) -> str:
    """A JSON-like value as YAML in its own order, or sorted; lines are folded at `width` characters.

    What stands in it twice is written twice.
    """
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=sort_keys, width=width, allow_unicode=True))


class _Dumper(_Base):  # type: ignore[misc]
    """PyYAML's, with the same result: JSON needs no search for a type's representer or for what is shared."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_data(self, data: Any) -> Node:
        kind = type(data)
        if kind is str:
            return ScalarNode(TEXT, data)
        if kind is dict:
            items = sorted(data.items()) if self.sort_keys else data.items()
            pairs = [(self.represent_data(key), self.represent_data(item)) for key, item in items]
            return MappingNode(MAP, pairs, flow_style=False)
        if kind is list:
            return SequenceNode(LIST, [self.represent_data(item) for item in data], flow_style=False)
        node: Node = super().represent_data(data)
        return node

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:
        if kind is not ScalarNode or len(value) > SHORT:
            return str(super().resolve(kind, value, implicit))
        key = (value, implicit)
        if (tag := _tags.get(key)) is None:
            if len(_tags) >= CACHE_SIZE:
                _tags.clear()
            tag = _tags[key] = str(super().resolve(kind, value, implicit))
        return tag
