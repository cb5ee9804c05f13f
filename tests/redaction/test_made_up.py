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


def leaks(made: Any, hidden: list[str]) -> bool:
    told = json.dumps(redacted_value(made), ensure_ascii=False)
    return any(part in told for secret in hidden for part in _parts(secret))


def _parts(secret: str) -> list[str]:
    return [secret[begin : begin + REST] for begin in range(max(1, len(secret) - REST + 1))]


@pytest.mark.parametrize("half", HALVES)
def test_of_secrets_in_many_carriers_names_and_disguises_all_but_one_in_a_hundred_are_found(half: str) -> None:
    missed: Counter[str] = Counter()
    made = list(secrets(half))
    for kind, text, hidden in made:
        missed[kind] += leaks(text, hidden)
    share = 1 - missed.total() / len(made)
    print(f"{half}: seed {SEED}, {len(made)} secrets, {share:.2%} found")
    assert share >= FOUND, missed.most_common(12)


@pytest.mark.parametrize("half", HALVES)
def test_no_text_without_a_secret_changes(half: str) -> None:
    made = list(harmless(half))
    changed = [(text, redacted(text)) for text in made if redacted(text) != text]
    print(f"{half}: seed {SEED}, {len(made)} harmless texts, {len(changed)} changed")
    assert not changed, changed[:12]
    assert [redacted_value([text, 1]) for text in made] == [[text, 1] for text in made]


@pytest.mark.parametrize("half", HALVES)
def test_what_was_redacted_once_stays_so_in_whatever_carried_it(half: str) -> None:
    for _, text, _ in secrets(half):
        once = redacted_value(text)
        assert redacted_value(once) == once
