"""What never leaves a server, over drafts of what others may write, and wherever a secret stands near its name."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mcp_servers.redaction import redacted, redacted_value
from tests.redaction.test_made_up import leaks
from tests.redaction.unlike import DRAFTS, HALVES, SEED, harmless, secrets

VALUE = "kT9" + "vQ2mZx71pLw4"
FOUND = 0.98
# before this way of looking, 71 of 100 were found in the first half of the first draft, and 8 of 100 harmless texts
# changed. First readings since, of what no rule had been worked on with: 95 found and 4 changed (first draft, second
# half), 90 and 7, 96 and 10 (halves of the second draft), 97 and 6 (third draft). What each missed was mended after it,
# and three harmless lines that may hold a secret were taken out: the figures below only say that it stays so.


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("half", HALVES)
def test_of_the_secrets_in_drafts_nearly_all_are_found(draft: str, half: int) -> None:
    counts: Counter[str] = Counter()
    created = list(secrets(draft, half))
    for line, text, masked in created:
        counts[line] += leaks(text, masked)
    share = 1 - counts.total() / len(created)
    print(f"{draft}, half {half}: seed {SEED}, {len(created)} secrets, {share:.2%} found", +counts)
    assert share >= FOUND, counts.most_common(12)


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("half", HALVES)
def test_of_the_harmless_texts_in_drafts_none_changes(draft: str, half: int) -> None:
    created = list(harmless(draft, half))
    changed = [(text, redacted_value(text)) for text in created if redacted_value(text) != text]
    print(f"{draft}, half {half}: seed {SEED}, {len(created)} harmless texts, {len(changed)} changed")
    assert not changed, changed[:12]


@pytest.mark.parametrize("draft", DRAFTS)
def test_what_was_redacted_once_stays_so_in_drafts(draft: str) -> None:
    for half in HALVES:
        for _, text, _ in secrets(draft, half):
            once = redacted(text)
            assert redacted(once) == once


@pytest.mark.parametrize(
    "template",
    [
        "UPDATE settings SET value = '{}' WHERE name = 'db_password'",
        '  ~ db_password = "{0}a" -> "{0}b"',
        '{{"field":"db_password","old":"{0}a","new":"{0}b"}}',
        '{{"variable":"API_TOKEN","content":"{}"}}',
        "please use {} as the API_TOKEN",
        "etcdctl put /app/db_password {}",
        "id\tuser\tapi_token\n7\tbob\t{}\n",
        "DB_PASSWORD = \\\n    {}",
        '"db_password", "{}"',
        "(lldb) p password\n(String) $R0 = \"{}\"",
        "the token you asked for: `{}`",
        '{{"passwords": {{"ann": "{0}a", "bob": "{0}b"}}}}',
    ],
)  # fmt: skip
def test_a_secret_is_removed_near_its_name_whatever_stands_between(template: str) -> None:
    assert VALUE not in redacted(template.format(VALUE))


def test_a_number_is_a_pin_in_a_row_of_a_table() -> None:
    assert "482913" not in redacted("| pin | 482913 |")


@pytest.mark.parametrize("structure", [{"field": "db_password", "old": VALUE, "new": VALUE},
                                  {"variable": "API_TOKEN", "content": VALUE},
                                  {"attribute": "clientSecret", "newValue": VALUE},
                                  {"secrets": {"mailer": VALUE, "queue": VALUE}}])  # fmt: skip
def test_a_secret_is_removed_out_of_a_change_or_a_group_in_a_structure(structure: Any) -> None:
    assert VALUE not in str(redacted_value(structure))


@pytest.mark.parametrize(
    "text",
    [
        '("token","expired2")',
        '{"key":"auth","value":"oauth2-proxy"}',
        "password is wrong1",
        f"token refreshed, request {VALUE} took 3 ms",
        f"token refreshed, trace_id={VALUE}",
        f"the continuation token {VALUE} has gone",
        "secret db updated at commit " + "3f" * 20,
    ],
)
def test_what_another_name_owns_or_says_nothing_of_a_secret_stays(text: str) -> None:
    assert redacted(text) == text
