"""What never leaves a server, over samples of both kinds."""

from __future__ import annotations

import pytest

from mcp_servers.kubernetes.snapshot.objects import for_display
from mcp_servers.redaction import redacted, redacted_value
from tests.redaction.samples import HELD_OUT, TUNED, samples, texts

FOUND, TOUCHED = 0.99, 0.01
ENOUGH = 400
REST = 8  # so many signs of a secret that stay tell it, as does a shorter line of a key


def leaks(text: str, secrets: list[str]) -> bool:
    message = redacted(text)
    return any(part in message for secret in secrets for part in _parts(secret))


def _parts(secret: str) -> list[str]:
    lines = [line for line in secret.split("\n") if len(line) > 3]
    return [*lines, *(secret[begin : begin + REST] for begin in range(len(secret) - REST + 1))]


def test_there_are_four_hundred_different_texts_of_each_kind() -> None:
    for kind in ("secrets", "harmless"):
        assert len({*texts(f"{TUNED}_{kind}"), *texts(f"{HELD_OUT}_{kind}")}) >= ENOUGH


@pytest.mark.parametrize("half", [TUNED, HELD_OUT])
def test_of_the_secrets_all_but_one_in_a_hundred_are_found_and_nothing_of_them_stays(half: str) -> None:
    created = list(samples(f"{half}_secrets"))
    misses = [text for text, secrets in created if leaks(text, secrets)]
    assert len(misses) <= (1 - FOUND) * len(created), misses


@pytest.mark.parametrize("half", [TUNED, HELD_OUT])
def test_of_the_harmless_texts_all_but_one_in_a_hundred_stay_as_they_are(half: str) -> None:
    created = [text for text, _ in samples(f"{half}_harmless")]
    false_alarms = [(text, redacted(text)) for text in created if redacted(text) != text]
    assert len(false_alarms) <= TOUCHED * len(created), false_alarms


@pytest.mark.parametrize("half", [TUNED, HELD_OUT])
def test_a_secret_is_found_as_well_where_every_rule_is_tried(half: str) -> None:
    """A rule is skipped only where it has nothing to find: a Turkish i at the end of a text has all of them tried."""
    for text, _ in samples(f"{half}_secrets"):
        assert redacted(f"{text}\n") == redacted(f"{text}\n\u0131").removesuffix("\u0131")


def test_a_secret_is_found_among_the_harmless_lines_of_a_log() -> None:
    log = "\n".join(text for text, _ in samples(f"{TUNED}_harmless") if "\n" not in text)
    for text, secrets in list(samples(f"{TUNED}_secrets"))[::20]:
        assert not any(part in redacted(f"{log}\n{text}\n") for secret in secrets for part in secret.split("\n"))


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
    for text, _ in (*samples(f"{TUNED}_secrets"), *samples(f"{HELD_OUT}_secrets")):
        assert redacted(redacted(text)) == redacted(text)


def test_a_long_text_without_secrets_is_read_in_time_that_grows_with_its_length() -> None:
    """A run of characters that every rule could begin with costs no more than plain text."""
    for run in ("a" * 20_000, "token" * 4_000, "x-" * 10_000, "a." * 10_000, "=" * 20_000, "token" + "\n" * 20_000):
        assert redacted(run) == run


def test_letters_that_only_look_foreign_hide_nothing() -> None:
    """`ſ` and the Kelvin sign are an s and a k where case does not count, the Turkish i's an i."""
    for name in ("PAſSWORD", "TO\u212aEN", "credentıal", "APİ_KEY"):
        assert "hunter2222" not in redacted(f"{name}=hunter2222")


def test_what_a_structure_calls_a_secret_does_not_leave_it() -> None:
    value = "kT9" + "vQ2mZx71"
    for one in (
        {"password": value},
        {"clientSecret": value, "user": "app"},
        {"env": [{"name": "GRAFANA_TOKEN", "value": value}]},
        {"metadata": {"annotations": {"example.com/api-key": value}}},
        {"parameters": [{"ParameterKey": "DbPassword", "ParameterValue": value}]},
        {"args": ["--user", "app", "--password", value]},
    ):
        assert value not in str(redacted_value(one))


def test_names_of_objects_stay_in_a_structure() -> None:
    present = {
        "secret": "api-token",
        "secretName": "web-tls",
        "key": "password",
        "token": "page-2",
        "nextToken": "kT9vQ2mZx71aB3dE5fG7hJ9k",
        "serviceAccountToken": {"path": "token"},
        "args": ["--user", "app", "--verbose"],
        "env": [{"name": "PASSWORD_FILE", "value": "/run/secrets/db"}],
    }
    assert redacted_value(present) == present


def test_a_variable_and_an_annotation_of_an_object_are_shown_without_their_secret() -> None:
    value = "kT9" + "vQ2mZx71"
    container = {"name": "web", "env": [{"name": "STRIPE_TOKEN", "value": value}, {"name": "PORT", "value": "8080"}]}
    pod = {
        "kind": "Pod",
        "metadata": {"name": "web-0", "annotations": {"example.com/db-password": value, "team": "shop"}},
        "spec": {"containers": [container]},
    }
    message = redacted_value(for_display(pod))
    assert value not in str(message)
    assert message["spec"]["containers"][0]["env"][1]["value"] == "8080"
    assert message["metadata"]["annotations"]["team"] == "shop"
