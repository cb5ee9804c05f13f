"""Rules in their order, of which only those are tried whose words are in the text."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_servers.redaction.beginnings import beginning, beginnings
from mcp_servers.redaction.reading import Reading
from mcp_servers.redaction.rule import Rule


class Rules:
    """Applied one after the other to a text."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_beginning: dict[bytes, list[int]] = {}
        for place, rule in enumerate(rules):
            first = beginning(rule.begins)
            if not rule.needs and not first:
                self._always.append(place)
            elif not rule.needs:
                self._by_beginning.setdefault(first, []).append(place)
            for word in rule.needs:
                self._by_word.setdefault(word, []).append(place)

    def applied(self, text: str) -> str:
        for rule in self._worth_trying(text):
            text = rule.applied(text)
        return text

    def cut_out_of(self, reading: Reading) -> None:
        for rule in self._worth_trying(reading.text):
            reading.cut(list(rule.cuts(reading.text)))

    def _worth_trying(self, text: str) -> Iterator[Rule]:
        folded = text.casefold()
        if not folded.isascii() and ("\u0131" in folded or "\u0307" in folded):
            yield from self._rules  # patterns take the Turkish i's for an i, folding does not
            return
        for place in sorted(self._places(text, folded)):
            if self._rules[place].may_match(folded):
                yield self._rules[place]

    def _places(self, text: str, folded: str) -> set[int]:
        found = set(self._always)
        for word, places in self._by_word.items():
            if word in folded:
                found.update(places)
        if self._by_beginning:
            for first in self._by_beginning.keys() & beginnings(text):
                found.update(self._by_beginning[first])
        return found
