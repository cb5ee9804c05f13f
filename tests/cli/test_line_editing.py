"""Short commands of a conversation are sentences, and names of answers are completed."""

from __future__ import annotations

from sre_agent.cli import line_editing


def test_a_short_command_is_a_sentence_and_any_other_text_stays_itself() -> None:
    texts = ("/approve", "/approve inc-1", "/cost", "/incidents", "/etc/hosts is full", "is web ok")
    assert [line_editing.sentence(text) for text in texts] == [
        "approve it", "approve inc-1", "what did it cost", "which incidents are there", "/etc/hosts is full",
        "is web ok",
    ]  # fmt: skip


def test_names_that_answers_were_about_are_completed_the_latest_first() -> None:
    line_editing.learn(["Deployment/shop/web-one", "Deployment/shop/web-two"])
    assert line_editing.completions("web-") == ["web-two", "web-one"]
    assert line_editing.completions("Deployment/shop/web-t") == ["Deployment/shop/web-two"]
    assert line_editing.completions("/ap") == ["/approve"] and not line_editing.completions("zz-")
