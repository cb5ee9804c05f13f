"""A secret near its name, whatever stands between the two: what is taken for one is told by the token itself.

In the part of a text that one name reaches - its line up to the next name, and a value alone on one of the next lines -
a token is its secret unless another name owns it (`request_id=…`, `commit …`). The less stands between them, the less
the token has to look like a secret.
"""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.assignments import can_be_secret, is_called
from mcp_servers.redaction.candidates import Token, could_be, is_a_noun, is_apart, is_beside, is_hex, tokens
from mcp_servers.redaction.links import OWNER, Link, owns
from mcp_servers.redaction.names import SecretName, holds_a_value, is_of_another
from mcp_servers.redaction.value_checks import looks_chosen, looks_opaque, says_no_secret

Span = tuple[int, int]
REACH: Final = 200  # characters after a name
BACK: Final = 120  # and before it
LINES: Final = 4  # below it
MARK: Final = "[redacted"
_ALONE: Final = re.compile(  # what stands before a value that has its line for itself
    r"(?:[ \t]|=>|[-+>*|]|\d{1,2}\)|\(\w{1,20}\)|\$\w{1,8}(?:[ ]=)?|0x\w{1,16}[ ]|<\w{1,30}>|return[ ]){0,8}"
    r"[\"'`(]{0,2}"
)
_CLOSED: Final = re.compile(r"(?:</\w{1,30}>|[ \t\r\"'`,;)|│║]){0,12}")
_OPEN: Final = re.compile(r"(?:</\w{1,30}>|[:({\\][\"']?|<<-?\s?[\"']?\w{1,12}[\"']?|)[ \t\r]{0,8}")
_AS: Final = re.compile(r"[\"'`]?\s(?:as|is)\s(?:(?:the|our|your|my|new|a|its)\s)?[\w/.-]{0,40}[ ]?")
_KEY: Final = re.compile(r"\\{0,4}[\"']?\s{0,4}[:=]")
_NAMED: Final = re.compile(
    r"[\s\"']{0,40}(?:name|key|id|field|variable)[\"']?\s{0,4}[:=]\s{0,4}[\"']?[\w/.-]{0,80}", re.I
)


def secrets_of(name: SecretName, after: int, before: int) -> list[Span]:
    """Where the secrets of a name stand, if the next name begins at `after` and another's secret ended at `before`."""
    text = name.text
    if is_of_another(name):
        return []
    line = _end_of_line(text, name.end)
    limit = min(line, after, name.end + REACH)
    mark = text.find(MARK, name.end, limit)
    for token in tokens(text, name.end, limit if mark < 0 else mark):
        if could_be(name.kind, token.text) and _is_secret(name, token.text, Link(text[name.end : token.begin])):
            return [token.span, *further(name, token.span, after)]
    if mark >= 0:
        return []
    below = _below(name, line, after) if limit == line and after > line else None
    return _behind(name, before) if below is None else below


def further(name: SecretName, known_span: Span, after: int) -> list[Span]:
    """Where more secrets of a name stand beside one: `"old" -> "new"`, `from … to …`, the next of a group."""
    spans, last = [], known_span[1]
    limit = min(_end_of_line(name.text, last), after, last + REACH)
    for token in tokens(name.text, last, limit):
        if Link(name.text[last : token.begin]).points and can_be_secret(name, token.text):
            spans.append(token.span)
            last = token.end
            continue
        if not could_be(name.kind, token.text):
            continue
        group = name.kind == "many" and Link(name.text[name.end : token.begin]).opens_a_group
        if not (group or Link(name.text[last : token.begin]).goes_on()):
            break
        if not is_beside(name.kind, token.text, exact=not token.text.isdigit()):
            break
        spans.append(token.span)
        last = token.end
    return spans


def _is_secret(name: SecretName, value: str, link: Link) -> bool:
    """Whether a token after a name is its secret, by what stands between them."""
    owner = link.owner
    if link.sealed:
        return False
    if (name.kind == "many" and link.opens_a_group) or link.of_its_part:
        return looks_opaque(value) and not owns(owner)
    if owner and link.of_a_login:
        return looks_opaque(value) and not is_hex(value)
    if owner or link.typed_in:
        return holds_a_value(owner) and is_beside(name.kind, value, exact=True)
    if link.of_something_else:
        return False
    if link.says_nothing:
        if name.kind == "digits":
            return value.isdigit() and 4 <= len(value) <= 8
        if link.in_quotes and name.kind == "password" and link.says:
            return not says_no_secret(value)
        if is_a_noun(name):
            return link.assigns and is_beside(name.kind, value, exact=True)
        return is_beside(name.kind, value, exact=link.in_quotes or link.says or link.sets(name))
    if name.kind == "password" and link.says:
        return looks_chosen(value) and not says_no_secret(value)
    return is_apart(name, value, in_sentence=link.says)


def _below(name: SecretName, line: int, after: int) -> list[Span] | None:
    """A value alone on one of the next lines, or beside a word that says that it is one; None where none is."""
    text = name.text
    is_open = text[line - 1 : line] == ":" or _OPEN.fullmatch(text[name.end : line].strip("\"'` )]")) is not None
    reach = LINES if is_open else 1
    for _ in range(reach):
        begin, line = line + 1, _end_of_line(text, line + 1)
        if begin >= len(text) or line > after or line - begin > REACH:
            return None
        if reach == 1 and " " in text[begin:line].strip(" \t|│║"):
            return None
        if MARK in text[begin:line]:
            return []
        for token in tokens(text, begin, line):
            if could_be(name.kind, token.text) and _is_alone(name, token, begin, line, is_open):
                return [token.span]
        is_open = is_open and not text[begin:line].strip()
    return None


def _is_alone(name: SecretName, token: Token, begin: int, line: int, is_open: bool) -> bool:
    lead = name.text[begin : token.begin]
    owner = Link(lead, after_a_name=False).owner
    if owner.isalpha() and holds_a_value(owner):
        return is_beside(name.kind, token.text, exact=True)
    if not _ALONE.fullmatch(lead) or not _CLOSED.fullmatch(name.text, token.end, line):
        return False
    return is_apart(name, token.text, in_sentence=is_open)


def _behind(name: SecretName, before: int) -> list[Span]:
    """The secret before its name: `use … as the password`, `SET value = '…' WHERE name = 'password'`."""
    text = name.text
    line = text.rfind("\n", 0, name.begin) + 1
    if line > 1 and _NAMED.fullmatch(text, line, name.begin):
        line = text.rfind("\n", 0, line - 1) + 1
    begin = max(before, line, name.begin - BACK)
    if MARK in text[begin : name.begin]:
        return []
    for token in reversed(list(tokens(text, begin, name.begin))):
        if (could_be(name.kind, token.text) or is_called(name)) and _stands_before(name, token, begin):
            return [token.span]
    return []


def _stands_before(name: SecretName, token: Token, begin: int) -> bool:
    value, lead = token.text, name.text[max(begin, token.begin - OWNER) : token.begin]
    link = Link(lead, after_a_name=False)
    owner = link.owner
    if owner and owner != "key" and not link.of_a_login:
        return holds_a_value(owner) and (
            is_beside(name.kind, value, exact=True)
            or (is_called(name) and not _KEY.match(name.text, token.end) and can_be_secret(name, value))
        )
    if link.called_by_a_noun or (name.kind == "weak" and not name.called.lower().startswith("cred")):
        return False
    if _AS.fullmatch(name.text, token.end, name.begin):
        return is_beside(name.kind, value, exact=False)
    return is_apart(name, value, in_sentence=False)


def _end_of_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end
