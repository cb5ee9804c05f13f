"""Objects as YAML: what PyYAML writes, in less time."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mcp_servers.serving.yaml_text import yaml_text
from sre_lab import scenario

AWKWARD: dict[str, Any] = {
    "texts": ["yes", "no", "1", "0x1f", "1e3", "null", "~", "", " lead", "a: b", "# c", "=", "<<", "é – ü", "a\nb\n"],
    "times": ["12:30:00", "2026-01-01", "2026-01-01T00:00:00Z"],
    "values": [None, True, False, 0, 1.5, -3, 10**20],
    "empty": [[], {}, ""],
    "nested": [[1, [2]], {"a": {"b": [{"c": "d"}]}}],
    "long": "word " * 60,
    "yes": "a key that would be read as a boolean",
}


@pytest.mark.parametrize("sort_keys", [False, True])
def test_it_is_what_pyyaml_writes_and_reads_back_as_the_same_value(sort_keys: bool) -> None:
    objects = [AWKWARD, *(m for name in scenario.names()[:8] for m in scenario.load(name).manifests)]
    for value in objects:
        plain = yaml.safe_dump(value, sort_keys=sort_keys, width=160, allow_unicode=True)
        assert yaml_text(value, sort_keys=sort_keys) == plain
        assert yaml.safe_load(plain) == value


def test_what_stands_in_an_object_twice_is_written_twice() -> None:
    labels = {"app": "web"}
    assert "*" not in yaml_text({"labels": labels, "selector": labels})
