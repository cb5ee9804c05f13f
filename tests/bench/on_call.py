"""How many questions of people on call are answered rightly or of use, without a model: alone, and in conversations."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.figures import Figure
from tests.chat import conversations, on_call


def figures() -> Iterator[Figure]:
    results = [one for scene in on_call.scenes() for one in on_call.asked_in(scene)]
    for aside, what in ((False, "worked on"), (True, "kept aside")):
        some = [one for one in results if one.question.kept_aside is aside]
        right = 100 * sum(not one.short for one in some) / len(some)
        yield Figure(f"chat: {len(some)} questions of people on call, {what}, right or of use", right, "%", 90, "≥")
    yield Figure("of them false all-clears", sum(one.false_all_clear for one in results), "", 0)
    yield Figure("of them answered about something else", sum(one.about_another for one in results), "", 0)
    for aside, what in ((False, "worked on"), (True, "kept aside")):
        scripts = conversations.scripts(aside=aside)
        count = sum(len(list(conversations.turns(script))) for script in scripts)
        wrong = sum(len(conversations.wrong_turns(script)) for script in scripts)
        name = f"chat: {count} turns of whole conversations, {what}, right or of use"
        yield Figure(name, 100 * (count - wrong) / count, "%", 90, "≥")
