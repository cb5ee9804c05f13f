"""What never leaves a server, over samples of both kinds."""

from __future__ import annotations

import pytest

from mcp_servers.contract.redaction import redacted
from tests.server_kit.redaction_samples import harmless, with_secrets

FOUND, TOUCHED = 0.99, 0.01


def leaks(text: str, secret: str) -> bool:
    told = redacted(text)
    return any(part in told for part in secret.split("\n"))


def test_of_at_least_two_hundred_secrets_all_but_one_in_a_hundred_are_found() -> None:
    samples = list(with_secrets())
    assert len(samples) >= 200
    missed = [text for text, secret in samples if leaks(text, secret)]
    assert len(missed) <= (1 - FOUND) * len(samples), missed


def test_of_at_least_two_hundred_harmless_texts_all_but_one_in_a_hundred_stay_as_they_are() -> None:
    samples = list(harmless())
    assert len(samples) >= 200
    touched = [(text, redacted(text)) for text in samples if redacted(text) != text]
    assert len(touched) <= TOUCHED * len(samples), touched


@pytest.mark.parametrize(
    "text",
    [
        "token: {} user=bob",
        "Token: {} user: ana",
        "TOKEN: {} there",
        "token: {}\nuser: bob",
        "{{token: {}, user: ana}}",
        "access_token: {} more words",
        '"token": {} more words',
        "password: {} was rejected",
        "secret: {} and no more",
        "auth: {}",
    ],
)
def test_a_secret_that_reads_like_a_word_is_removed_where_no_sentence_goes_on(text: str) -> None:
    assert "swordfish" not in redacted(text.format("swordfish"))


def test_a_secret_that_begins_like_a_word_is_removed() -> None:
    for secret in ("expired-9f8e7d", "invalid=1", "please.v1.9384", "denied/9f8e", "none9999", "tokenuser9"):
        assert secret not in redacted(f"token: {secret} at noon")


def test_what_was_redacted_once_stays_so() -> None:
    for text, _ in with_secrets():
        assert redacted(redacted(text)) == redacted(text)


def test_a_long_text_without_secrets_is_read_in_time_that_grows_with_its_length() -> None:
    """A run of characters that every rule could begin with costs no more than plain text."""
    for run in ("a" * 20_000, "token" * 4_000, "x-" * 10_000, "a." * 10_000, "=" * 20_000, "token" + "\n" * 20_000):
        assert redacted(run) == run


def test_letters_that_only_look_foreign_hide_nothing() -> None:
    """`ſ` and the Kelvin sign are an s and a k where case does not count, the Turkish i's an i."""
    for name in ("PAſSWORD", "TO\u212aEN", "credentıal", "APİ_KEY"):
        assert "hunter2222" not in redacted(f"{name}=hunter2222")
