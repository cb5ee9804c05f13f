"""Objects as YAML for reading: by libyaml where PyYAML was built with it, which takes a fifth of the time."""

from __future__ import annotations

from typing import Any

import yaml


def yaml_text(value: Any, *, sort_keys: bool = False, width: int = 160) -> str:
    """A JSON-like value as YAML in its own order, or sorted; lines are folded at `width` characters."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(value, Dumper=dumper, sort_keys=sort_keys, width=width, allow_unicode=True))
