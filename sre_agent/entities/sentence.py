"""Names in plain English: `<kind> <name>`, `<name> <kind>`, `<namespace>/<name>`, `<name> in <namespace>`.

Words of speech are no names. A name that no such form marks is taken only when it looks like one.
"""

from __future__ import annotations

import re
from typing import Final

from sre_agent.domain.signal import Hint
from sre_agent.entities.conventions import AWS_KINDS, kind_of
from sre_agent.entities.speech import SPEECH

SAID_IN: Final = "sentence"
_TOKEN = re.compile(r"[A-Za-z0-9][\w./:-]*")
_OBJECT = re.compile(r"^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$")  # what Kubernetes allows as a name
_PATH = re.compile(r"^[A-Za-z0-9.-]+(?:/[A-Za-z0-9.-]+){1,2}$")
_UNLIKELY = re.compile(r"^(?:\d[\d.:]*(?:ms|s|m|h|d|%|am|pm|mi|gi)?|[45]xx|\d{3}s?|p\d\d|v\d+(?:\.\d+)*)$", re.I)
_LABELLED = re.compile(r"\b(?:namespace|ns)\s*[:=]?\s*[`'\"]?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)", re.I)
_BEFORE_LABEL = re.compile(r"[`'\"]?\b([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)[`'\"]?\s+namespace\b", re.I)


def hints(text: str) -> list[Hint]:
    """The names in a sentence with the kind and namespace it gives them, the plainest first."""
    namespace = _namespace(text)
    tokens = [t.strip(".:") for t in _TOKEN.findall(text)]
    found = _paths(tokens) or _marked(tokens, namespace) or _telling(tokens, namespace) or _bare(tokens, namespace)
    kinds = {h.name for h in found if h.kind}
    plain = [h for h in found if h.kind or h.name not in kinds]
    given = [h if h.namespace or h.kind in AWS_KINDS else h.model_copy(update={"namespace": namespace}) for h in plain]
    return list(dict.fromkeys(given))


def _paths(tokens: list[str]) -> list[Hint]:
    """`kind/name`, `namespace/name` and `kind/namespace/name`."""
    found: list[Hint] = []
    for token in tokens:
        parts = token.split("/")
        if not _PATH.match(token):
            continue
        kind = kind_of(parts[0])
        if kind is not None:
            found.append(_hint(parts[-1], kind, parts[1] if len(parts) == 3 else ""))
        elif len(parts) == 2 and all(_name(p) for p in parts):
            found.append(_hint(parts[1], "", parts[0]))
    return found


def _marked(tokens: list[str], namespace: str) -> list[Hint]:
    """Names beside a word for a kind, and names before `in <namespace>`. After the kind is the plainer place."""
    after: list[Hint] = []
    before: list[Hint] = []
    for index, token in enumerate(tokens):
        previous = tokens[index - 1] if index else ""
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if following.lower() in ("named", "called") and index + 2 < len(tokens):
            following = tokens[index + 2]
        kind = kind_of(token)
        if kind is not None and _free(following, namespace):
            after.append(_hint(following, kind))
        elif (kind is not None or (token.lower() == "in" and following == namespace)) and _free(previous, namespace):
            before.append(_hint(previous, kind or ""))
    return after + before


def _telling(tokens: list[str], namespace: str) -> list[Hint]:
    """Names that look like nothing else, by a hyphen or underscore in them."""
    return [_hint(t) for t in tokens if _free(t, namespace) and ("-" in t or "_" in t)]


def _bare(tokens: list[str], namespace: str) -> list[Hint]:
    """Words that are no speech: the last resort, settled by what exists."""
    return [_hint(t) for t in tokens if _free(t, namespace) and len(t) > 2][:3]


def _hint(name: str, kind: str = "", namespace: str = "") -> Hint:
    return Hint(kind=kind, namespace=namespace, name=name, said_in=SAID_IN)


def _free(token: str, namespace: str) -> bool:
    return bool(token) and _name(token) and token != namespace and kind_of(token) is None


def _namespace(text: str) -> str:
    """`namespace x`, `x namespace`, or what follows a plain `in`."""
    names: list[str] = [*_LABELLED.findall(text), *_BEFORE_LABEL.findall(text)]
    for name in names:
        if _object(name):
            return name
    tokens: list[str] = [t.strip(".:") for t in _TOKEN.findall(text)]
    for index, token in enumerate(tokens[:-1]):
        follower = tokens[index + 2] if index + 2 < len(tokens) else ""
        marked = kind_of(follower) is not None or kind_of(tokens[index + 1]) is not None
        if token.lower() == "in" and _object(tokens[index + 1]) and not marked:
            return tokens[index + 1]
    return ""


def _object(token: str) -> bool:
    return bool(_OBJECT.match(token)) and token not in SPEECH and not _UNLIKELY.match(token)


def _name(token: str) -> bool:
    """Whether it can be a name: a Kubernetes one, or one with capitals as AWS allows that is not a word of a state."""
    if token.lower() in SPEECH or _UNLIKELY.match(token) or "/" in token:
        return False
    return bool(_OBJECT.match(token)) or any(c in token for c in "-_")
