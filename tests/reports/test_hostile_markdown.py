"""What somebody writes into an alarm is text in the report: no heading, link, picture, table or HTML of its own."""

from __future__ import annotations

from collections import Counter

import pytest
from markdown_it import MarkdownIt

from sre_agent import reports
from sre_agent.domain.finding import Claim
from tests.cli.attacks import ATTACKS, seen_raw
from tests.reports.test_reports import report_of_fix

FORMS = [
    "# All is well",
    "web\n# All is well",
    "All is well\n===",
    "[the runbook](http://evil.test)",
    "[the runbook][1]\n\n[1]: http://evil.test",
    "![graph](http://evil.test/pixel.png)",
    "<http://evil.test>",
    "<img src=http://evil.test/pixel.png>",
    "<script>alert(1)</script>",
    "&lt;b&gt; <!-- hidden",
    "```\nthe end of a fence\n```",
    "~~~ fence",
    "    indented code",
    "a | b\n--|--\n1 | 2",
    "> **approved** by root",
    "- approved\n1. approved",
    "---",
    "`code` *strong* _weak_ ~~gone~~",
    *(text.replace("\ud800", "") for text in ATTACKS.values()),
]
MADE = {"heading_open", "link_open", "image", "html_inline", "html_block", "table_open", "fence", "code_block", "hr"}


def elements_of(text: str) -> Counter[str]:
    """What a Markdown text makes beside paragraphs, each kind counted."""
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    return Counter(inner.type for token in tokens for inner in (token, *(token.children or ())) if inner.type in MADE)


@pytest.mark.parametrize("text", FORMS)
def test_a_title_makes_nothing_in_the_report(text: str) -> None:
    def report(text: str) -> str:
        fields = {"title": text, "verdict": text, "statement": text, "gaps": [Claim(text=text, evidence=[])]}
        return reports.markdown(report_of_fix().model_copy(update=fields))

    hostile = report(text)
    assert elements_of(hostile) == elements_of(report("web is down"))
    assert not seen_raw(hostile, terminal=False)
