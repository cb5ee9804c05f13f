"""What never leaves a server, over texts that an independent tester collected."""

from __future__ import annotations

from mcp_servers.redaction import redacted
from tests.redaction import on_call

# First reading: 84 of 100 secrets found, 17 of 500 harmless texts changed. The rules were then worked on with every
# second text and with a list of the classes of all that had been missed; of the other half, read once after that, 199
# of 200 were found and one harmless text was changed. Left out: a secret that is the beginning of another value, a
# comment that names a password, and texts with e-mail addresses, which are hidden on purpose.
FOUND = 0.99
LEAST = 390


def test_of_the_secrets_that_engineers_on_call_see_nearly_all_are_found() -> None:
    created = list(on_call.secrets())
    misses = [text for text, secret in created if secret in redacted(text)]
    print(f"{len(created)} secrets, {len(created) - len(misses)} found")
    assert len(created) >= LEAST
    assert len(misses) <= (1 - FOUND) * len(created), misses


def test_of_the_harmless_texts_that_engineers_on_call_see_none_changes() -> None:
    created = list(on_call.harmless())
    changed = [(text, redacted(text)) for text in created if redacted(text) != text]
    print(f"{len(created)} harmless texts, {len(changed)} changed")
    assert len(created) >= LEAST
    assert not changed, changed[:12]


def test_what_was_redacted_once_stays_so_in_what_engineers_on_call_see() -> None:
    for text, _ in on_call.secrets():
        once = redacted(text)
        assert redacted(once) == once
