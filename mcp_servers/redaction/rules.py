"""Rules in their order, of which only those are tried whose words are in the text."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_servers.redaction.normalization import NormalizedText
from mcp_servers.redaction.rule import RedactionRule
from mcp_servers.redaction.search_text import TELLING, Anchors, SearchText, beginning


class Rules:
    """Applied one after the other to a text."""

    def __init__(self, rules: tuple[RedactionRule, ...]) -> None:
        self._rules = rules
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_beginning: dict[bytes, list[int]] = {}
        for place, rule in enumerate(rules):
            first, needs = beginning(rule.begins), rule.needs
            if not needs and len(first) < len(rule.begins) and len(first) < TELLING < len(rule.begins):
                needs = (rule.begins.casefold(),)
            if not needs and not first:
                self._always.append(place)
            elif not needs:
                self._by_beginning.setdefault(first, []).append(place)
            for word in needs:
                self._by_word.setdefault(word, []).append(place)
        self.anchors = Anchors(self._by_word, self._by_beginning)

    def apply(self, search_text: SearchText) -> str:
        text = search_text.text
        for rule in self._worth_trying(search_text):
            text = rule.apply(text)
        return text

    def cut_out_of(self, reading: NormalizedText) -> None:
        for rule in self._worth_trying(SearchText(reading.text)):
            reading.cut(list(rule.cuts(reading.text)))

    def _worth_trying(self, search_text: SearchText) -> Iterator[RedactionRule]:
        if not search_text.casefolded.isascii() and (
            "\u0131" in search_text.casefolded or "\u0307" in search_text.casefolded
        ):
            yield from self._rules  # patterns take the Turkish i's for an i, folding does not
            return
        for place in sorted(self._places(search_text)):
            if self._rules[place].may_match(search_text.casefolded):
                yield self._rules[place]

    def _places(self, search_text: SearchText) -> set[int]:
        words, first = self.anchors.search(search_text)
        places = set(self._always)
        for word in words:
            places.update(self._by_word[word])
        for begins in first:
            places.update(self._by_beginning[begins])
        return places
