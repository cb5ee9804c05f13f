"""What never leaves a server, over thousands of made-up texts and structures of many kinds."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from mcp_servers.redaction import redacted, redacted_value
from tests.redaction.made.corpus import HALVES, SEED, harmless, secrets

FOUND = 0.99
REST = 8  # so many signs of a secret that stay tell it


def leaks(created: Any, masked: list[str]) -> bool:
    text = json.dumps(redacted_value(created), ensure_ascii=False)
    return any(part in text for secret in masked for part in _parts(secret))


def _parts(secret: str) -> list[str]:
    return [secret[begin : begin + REST] for begin in range(max(1, len(secret) - REST + 1))]


@pytest.mark.parametrize("half", HALVES)
def test_of_secrets_in_many_carriers_names_and_disguises_all_but_one_in_a_hundred_are_found(half: str) -> None:
    counts: Counter[str] = Counter()
    created = list(secrets(half))
    for kind, text, masked in created:
        counts[kind] += leaks(text, masked)
    share = 1 - counts.total() / len(created)
    print(f"{half}: seed {SEED}, {len(created)} secrets, {share:.2%} found")
    assert share >= FOUND, counts.most_common(12)


@pytest.mark.parametrize("half", HALVES)
def test_no_text_without_a_secret_changes(half: str) -> None:
    created = list(harmless(half))
    changed = [(text, redacted(text)) for text in created if redacted(text) != text]
    print(f"{half}: seed {SEED}, {len(created)} harmless texts, {len(changed)} changed")
    assert not changed, changed[:12]
    assert [redacted_value([text, 1]) for text in created] == [[text, 1] for text in created]


@pytest.mark.parametrize("half", HALVES)
def test_what_was_redacted_once_stays_so_in_whatever_carried_it(half: str) -> None:
    for _, text, _ in secrets(half):
        once = redacted_value(text)
        assert redacted_value(once) == once
