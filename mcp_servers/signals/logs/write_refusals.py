"""Signs that something may be reached and not written, or not used by this user: files, databases, leases. Pure.

The patterns are the words of kernels, runtimes and databases: errno texts, SQLSTATEs and the servers' own messages.
"""

from __future__ import annotations

import re
from typing import Final

SignMatch = tuple[str, dict[str, str]]  # code, attributes that tell this sign from others of the code

_READ_ONLY_FILES: Final = re.compile(
    r"read-only file ?system|\bEROFS\b|\[Errno 30\]|ReadOnlyFileSystemException|file ?system is read-only", re.I
)
_FORBIDDEN_FILES: Final = re.compile(
    r"permission denied|\bEACCES\b|\[Errno 13\]|AccessDeniedException|operation not permitted|\bEPERM\b"
    r"|access to the path .{1,200} is denied",
    re.I,
)
_WRITING: Final = re.compile(  # opening a file may be reading it, which says nothing of the volume
    r"\b(?:writ\w+|creat\w+|mkdir|unlink|remov\w+|renam\w+|append\w*|sav(?:e|ing)|flush\w*|lock\w*|O_(?:WRONLY|RDWR|CREAT)"
    r"|touch|chown|chmod|mknod|truncat\w+|chang(?:e|ing) (?:the )?(?:permissions?|owner(?:ship)?|mode|group))\b",
    re.I,
)
_PATH: Final = re.compile(r"(?<![\w:/.@-])(/(?!/)[\w.@-]+(?:/[\w.@-]+)*)/?")
_NO_FILE: Final = re.compile(r"\bbind\b|\bsocket|\blisten|\bconnect|\bexec\b|\bkubectl\b|publickey|\bSSH\b", re.I)

_DATABASE_READ_ONLY: Final = (
    (
        "replica",
        re.compile(r"\bnot (?:the )?(?:primary|master)\b|NotWritablePrimary|NotPrimary|recovery is in progress", re.I),
    ),
    ("disk", re.compile(r"read-only-allow-delete|index read-only / allow delete", re.I)),
    (
        "mode",
        re.compile(
            r"cannot execute [A-Z ]{3,40} in a read-only transaction|read_only_sql_transaction|\b25006\b"
            r"|(?:--|super[-_])read[-_]only (?:option|mode)|running in read-only mode|database (?:\S+ )?is read-?only"
            r"|attempt to write a readonly database|\bORA-16000\b",
            re.I,
        ),
    ),
)
_MEANT_FOR_WRITES: Final = re.compile(r"mongo|primary|recovery is in progress", re.I)  # "not master" is of many things

_RIGHTS: Final = (
    re.compile(
        r"permission denied for (?P<what>table|relation|schema|sequence|database|function|view) (?P<resource>[\w.\"]+)",
        re.I,
    ),
    re.compile(r"must be owner of (?P<what>\w+) (?P<resource>[\w.\"]+)", re.I),
    re.compile(
        r"(?P<action>[A-Z]{4,10}) command denied to user '(?P<identity>[^']+)'(?:@'[^']*')?"
        r"(?: for (?:table|routine|column) [`'](?P<resource>[^`']+)[`'])?"
    ),
    re.compile(r"Access denied for user '(?P<identity>[^']+)'@'[^']*' to database '(?P<resource>[^']+)'"),
    re.compile(r"The (?P<action>[A-Z]{4,10}) permission was denied on the (?:object|database) '(?P<resource>[^']+)'"),
    re.compile(r"not authorized on (?P<resource>[\w.-]+) to execute command", re.I),
    re.compile(r"\bORA-01031\b|insufficient privileges", re.I),
)
_LEADERSHIP: Final = re.compile(
    r"leader ?election (?:is )?lost|lost (?:the )?(?:leader|master) (?:lease|lock|election)"
    r"|lost leadership|leadership lost"
    r"|failed to renew lease (?P<lease>[\w.-]+/[\w.-]+)|failed to renew (?:the )?(?:leader )?(?:lease|lock)",
    re.I,
)


def refused_rights(text: str) -> SignMatch | None:
    """A database that knows who asks and does not let him."""
    for pattern in _RIGHTS:
        if match := pattern.search(text):
            fields = {name: (value or "").strip('"') for name, value in match.groupdict().items()}
            return "log.access_denied", {
                "by": "database",
                "action": fields.get("action", ""),
                "identity": fields.get("identity", ""),
                "resource": " ".join(filter(None, (fields.get("what", ""), fields.get("resource", "")))),
                "namespace": "",
            }
    return None


def read_only_database(text: str) -> SignMatch | None:
    """A database that answers and takes no writes."""
    why = next((name for name, pattern in _DATABASE_READ_ONLY if pattern.search(text)), "")
    if not why or (why == "replica" and not _MEANT_FOR_WRITES.search(text)):
        return None
    return "log.database_read_only", {"why": why, "address": ""}


def refused_write(text: str) -> SignMatch | None:
    """A file or directory that may not be written; only where the line names it."""
    why = "read_only" if _READ_ONLY_FILES.search(text) else "permission" if _FORBIDDEN_FILES.search(text) else ""
    path = _PATH.search(text) if why else None
    if path is None or (why == "permission" and (_NO_FILE.search(text) or not _WRITING.search(text))):
        return None
    return "log.write_refused", {"why": why, "path": path[1].rstrip(".:,")}


def lost_leadership(text: str) -> SignMatch | None:
    """A program that gives up because it could not renew the lease by which it leads."""
    match = _LEADERSHIP.search(text)
    return ("log.leadership_lost", {"lease": match["lease"] or ""}) if match else None


RIGHTS: Final = (refused_rights,)  # before refused logins, whose words some of these share
WRITES: Final = (read_only_database, refused_write, lost_leadership)
