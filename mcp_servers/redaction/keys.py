"""Keys and tokens that are told by their own form: key blocks, JSON web tokens, keys, and key blocks in base64."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.rule import RedactionRule

_BEGIN: Final = r"-----? ?BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)? ?-----?"
_END: Final = r"-----? ?END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)? ?-----?"
# "-----BEGIN PRIVATE", and the same with RSA, EC, DSA, OPENSSH, ENCRYPTED before it, as base64 has them
_ENCODED: Final = (
    r"LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFURS|BFQyBQUklWQVRF|BEU0EgUFJJVkFURS|BPUEVOU1NIIFBSSVZBVEUg"
    r"|BFTkNSWVBURUQg)"
)

RULES: Final = (
    RedactionRule(("begin ",), re.compile(rf"{_BEGIN}.*?(?:{_END}|\Z)", re.S), "[redacted:private key]"),
    RedactionRule(
        ("private-lines",),
        re.compile(r"(Private-Lines: *\d+\s+)[A-Za-z0-9+/=\s]+?(?=\s*Private-MAC|\Z)"),
        r"\1[redacted:private key]",
    ),
    RedactionRule(("ls0tls1crudjti",), re.compile(_ENCODED + r"[A-Za-z0-9+/=_-]*"), "[redacted:private key]"),
    RedactionRule(
        ("eyj",),
        re.compile(
            r"eyJ(?<!\weyJ)[\w-]{8,}\.(?:[\w-]{8,}\.[\w-]*(?:\.[\w-]+\.[\w-]+)?|\.[\w-]{8,}\.[\w-]{8,}\.[\w-]+)"
        ),
        "[redacted:json web token]",
    ),
    RedactionRule(
        ("kty",), re.compile(r"(\\?\"(?:d|p|q|dp|dq|qi|k)\\?\"\s*:\s*\\?\")[\w-]{20,}"), r"\1[redacted:private key]"
    ),
)
