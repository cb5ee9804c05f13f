"""Rules in their order, of which only those are tried whose words are in the text."""

from __future__ import annotations

from mcp_servers.redaction.beginnings import beginning, beginnings
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
        folded = text.casefold()
        if not folded.isascii() and ("\u0131" in folded or "\u0307" in folded):
            return self._all_applied(text)  # patterns take the Turkish i's for an i, folding does not
        for place in sorted(self._places(text, folded)):
            rule = self._rules[place]
            if rule.may_match(folded):
                text = rule.applied(text)
        return text

    def _places(self, text: str, folded: str) -> set[int]:
        found = set(self._always)
        for word, places in self._by_word.items():
            if word in folded:
                found.update(places)
        if self._by_beginning:
            for first in self._by_beginning.keys() & beginnings(text):
                found.update(self._by_beginning[first])
        return found

    def _all_applied(self, text: str) -> str:
        for rule in self._rules:
            text = rule.applied(text)
        return text
