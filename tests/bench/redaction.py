"""What redaction finds in drafts of other people's texts, what it changes in harmless ones, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

from mcp_servers.redaction import redacted, redacted_value
from tests.bench.figures import Figure
from tests.redaction import on_call
from tests.redaction.test_made_up import leaks
from tests.redaction.unlike import DRAFTS, HALVES, harmless, secrets

SIZE = 1_000_000  # characters of a log
PLAIN = "2026-03-01T12:00:00Z INFO web-{0} GET /api/orders/{1} 200 {1}ms trace={0}"
NAMED = 'level=error msg="api_key rejected for user u{1}" trace={0}\n2026-03-01 INFO refreshing token of web-{0}'


def figures() -> Iterator[Figure]:
    leak_flags = [
        leaks(text, secret) for draft in DRAFTS for half in HALVES for _, text, secret in secrets(draft, half)
    ]
    harmless_texts = [text for draft in DRAFTS for half in HALVES for text in harmless(draft, half)]
    share_found = 100 * (1 - sum(leak_flags) / len(leak_flags))
    changed = sum(redacted_value(text) != text for text in harmless_texts)
    yield Figure(f"redaction: secrets found of {len(leak_flags)} in drafts", share_found, "%", 99, "≥")
    yield Figure(f"redaction: harmless texts changed of {len(harmless_texts)}", changed, "texts", 0)
    pairs = list(on_call.secrets())
    share = 100 * sum(secret not in redacted(text) for text, secret in pairs) / len(pairs)
    yield Figure(f"redaction: secrets found of {len(pairs)} that engineers on call see", share, "%", 99, "≥")
    false_alarms = [text for text in on_call.harmless() if redacted(text) != text]
    yield Figure("redaction: harmless texts changed of those they see", len(false_alarms), "texts", 0)
    plain, with_names = _milliseconds(PLAIN), _milliseconds(NAMED)
    yield Figure("redaction: a log of 1 MB", plain, "ms", 80)
    yield Figure("redaction: a log of 1 MB with a secret's name in each line", with_names, "ms", 320)
    yield Figure("redaction: cost of such a log, over that of a plain one", with_names / plain, "times", 4)


def _milliseconds(line: str) -> float:
    random = Random(7)
    lines = [line.format(f"{random.getrandbits(48):012x}", random.randint(1, 9_999)) for _ in range(SIZE // len(line))]
    start = time.process_time()
    redacted("\n".join(lines)[:SIZE])
    return 1_000 * (time.process_time() - start)
