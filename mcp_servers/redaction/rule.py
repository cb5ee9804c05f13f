"""One thing to look for: by its own form, or after a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mcp_servers.redaction.names import SecretName
from mcp_servers.redaction.normalization import Edit

ANY: Final = ""  # sign
LOOKED_AT: Final = 512  # signs of a value, by which is told whether it is a secret; a longer one is cut out whole
_REST: Final = re.compile(r"[^\s\"'`,;&<>]*+")


@dataclass(frozen=True)
class RedactionRule:
    """Where `pattern` matches, one of the words of `needs` (if any) and a match of `hint` are in the case-folded text.

    Every match begins with `begins`, before which no letter, digit or `_` stands.
    A replacement that leaves a match as it was is how a rule says that this one is no secret.
    """

    needs: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    hint: re.Pattern[str] | None = None
    begins: str = ""

    def may_match(self, casefolded_text: str) -> bool:
        """For a text in which one of the words is, whether it may have a match."""
        return self.hint is None or self.hint.search(casefolded_text) is not None

    def apply(self, text: str) -> str:
        return self.pattern.sub(self.replacement, text)

    def cuts(self, text: str) -> Iterator[Edit]:
        """The same as single edits, each as small as it can be."""
        for match in self.pattern.finditer(text):
            replacement_text = self.replacement(match) if callable(self.replacement) else match.expand(self.replacement)
            if replacement_text != match[0]:
                before = _alike(match[0], replacement_text)
                rest, left = match[0][before:], replacement_text[before:]
                after = _alike(rest[::-1], left[::-1])
                yield match.start() + before, match.end() - after, left[: len(left) - after]


def _alike(one: str, other: str) -> int:
    """With how many signs that are the same both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


class FollowingValue:
    """What comes right after a name of these kinds: a value in `inside` or `bare`, and whether that is a secret.

    It is looked for only where the first sign after the name, quotes, closing brackets and blanks is one of `signs`
    (where there are any), and where `only` says so by what stands before the name.
    """

    def __init__(
        self,
        kinds: frozenset[str],
        signs: str,
        pattern: str,
        is_secret: Callable[[SecretName, re.Match[str]], bool],
        only: Callable[[SecretName], bool] | None = None,
    ) -> None:
        self.kinds = kinds
        self.signs = frozenset(signs)
        self.pattern = re.compile(pattern, re.I)
        self._is_secret = is_secret
        self._only = only

    def value(self, name: SecretName) -> tuple[int, int] | None:
        """Begin and end of the secret that the name has in its text."""
        if self._only is not None and not self._only(name):
            return None
        match = self.pattern.match(name.text, name.end)
        if match is None or not self._is_secret(name, match):
            return None
        if match["inside"]:
            return match.span("inside")
        begin, end = match.span("bare")
        return begin, _REST.match(name.text, end).end() if end - begin >= LOOKED_AT else end  # type: ignore[union-attr]


def hidden(match: re.Match[str]) -> str:
    """The match without the value in its group `inside` or `bare`."""
    begin, end = (place - match.start() for place in match.span("inside" if match["inside"] else "bare"))
    return f"{match[0][:begin]}[redacted:secret]{match[0][end:]}"
