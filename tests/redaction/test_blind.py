"""What never leaves a server, over kinds of texts that no rule was written for: the first reading is the floor."""

from __future__ import annotations

from collections import Counter

from mcp_servers.redaction import redacted_value
from tests.redaction.blind import SEED, harmless, secrets
from tests.redaction.test_made_up import leaks

FLOOR = 0.86


def test_of_secrets_of_unseen_kinds_as_many_are_found_as_at_the_first_reading() -> None:
    missed: Counter[str] = Counter()
    made = list(secrets())
    for kind, text, value in made:
        missed[kind] += leaks(text, [value])
    share = 1 - missed.total() / len(made)
    print(f"seed {SEED}: {len(made)} secrets, {share:.2%} found", +missed)
    assert len(made) >= 600
    assert share >= FLOOR, missed.most_common(12)


def test_of_harmless_texts_of_unseen_kinds_none_changes() -> None:
    made = list(harmless())
    changed = [(text, redacted_value(text)) for text in made if redacted_value(text) != text]
    print(f"seed {SEED}: {len(made)} harmless texts, {len(changed)} changed")
    assert len(made) >= 600
    assert not changed, changed[:12]
