"""The forms of a sweep that other programs read hold what these programs require."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from sre_agent.cli import sweep as verb
from sre_agent.sweep.formats import junit, markdown, sarif
from tests.sweep.test_changes import sweep, trouble

TAKEN = sweep(trouble(), trouble("tls", "risk", severity="SEV4"), incomplete=("alarms",))


def test_junit_has_a_failure_for_each_trouble_and_skips_what_was_not_checked() -> None:
    (suite,) = ElementTree.fromstring(junit.text([TAKEN])).findall("testsuite")
    assert [suite.get(name) for name in ("tests", "failures", "skipped", "errors")] == ["3", "1", "1", "0"]
    (failure,) = suite.iter("failure")
    assert failure.get("type") == "SEV3" and "cart is ill" in str(failure.text)


def test_sarif_has_what_its_schema_requires_and_tells_new_from_known() -> None:
    document = json.loads(sarif.text([sweep(*TAKEN.troubles, before=sweep(trouble()))]))
    (run,) = document["runs"]
    assert document["version"] == "2.1.0" and run["tool"]["driver"]["name"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert all(result["ruleId"] in rules and result["message"]["text"] for result in run["results"])
    assert [(one["level"], one["baselineState"]) for one in run["results"]] == [
        ("warning", "unchanged"),
        ("note", "new"),
    ]
    assert all("executionSuccessful" in one for one in run["invocations"])


def test_markdown_shows_text_from_the_cluster_as_text() -> None:
    page = markdown.text([sweep(trouble("<b>|cart"))])
    assert "\\<b\\>\\|cart" in page and "**Known**" not in page


def test_the_exit_status_is_that_of_the_least_severity_that_fails() -> None:
    assert [verb.of(TAKEN, least) for least in ("SEV4", "SEV3", "SEV2")] == [3, 3, 5]
    assert verb.of(sweep(trouble("tls", "risk", severity="SEV4"))) == 0
