"""References to images: `registry.example.com/team/auth:1.2.3` names a repository and a tag, and gives no credential.

Only where the tag is one as people and builds write it, and stands right behind the colon. How much the tag has to look
like one depends on what says that a repository stands before it: the host of a registry, a path, or nothing.
"""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.mentions import is_strict
from mcp_servers.redaction.names import SecretName

LONGEST: Final = 200  # characters of a repository before the name
_HOST: Final = r"(?:[\w-]+(?:\.[\w-]+)+(?::\d{2,5})?|localhost:\d{2,5})/"
_REPOSITORY: Final = re.compile(rf"(?<![\w@:/.$+%?&#-])(?P<host>{_HOST})?(?P<path>(?:[a-z0-9][\w.-]*/)*)[a-z0-9._-]*\Z")
_VERSION: Final = r"v?\d+(?:\.\d+){1,3}(?:[-_+.][A-Za-z0-9.-]{1,40})?"
_NAMED: Final = (
    rf"(?:{_VERSION}|latest|stable|edge|main|master|nightly|\d{{4}}-?\d\d-?\d\d(?:[-.][a-z0-9]+){{0,3}}"
    r"|v\d+|(?:rc|alpha|beta|build|pr|release|sha)[-.]?[a-z0-9]{1,40})"
)
_BUILT: Final = rf"(?:{_NAMED}|[0-9a-f]{{7,12}}|[0-9a-f]{{40}})"
_ENDS: Final = r"(?=@sha256:|[\s\"'`,;)\]}<>|]|\.(?:\s|\Z)|\Z)"
_TAGS: Final = {form: re.compile(f":{form}{_ENDS}") for form in (_VERSION, _NAMED, _BUILT)}


def is_repository(name: SecretName) -> bool:
    """Whether a secret's name is the end of an image's repository, with its tag behind it."""
    if name.text[name.end : name.end + 1] != ":" or not name.called.islower():
        return False
    before, strict = _REPOSITORY.search(name.before(LONGEST)), is_strict(name.identifier)
    if before is None or (strict and not before["host"] and not before["path"]):
        return False
    form = _BUILT if before["host"] and not strict else _NAMED if before["host"] or before["path"] else _VERSION
    return _TAGS[form].match(name.text, name.end) is not None
