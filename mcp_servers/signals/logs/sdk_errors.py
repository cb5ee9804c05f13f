"""What a service of AWS said in an error that its SDK prints: each SDK has one form for all services.

The form tells that AWS answered, and what its own words are. Whether these refuse a right is learnt from example lines:
services have words for it beside the error codes that all of them share.
"""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.signals.logs.trouble_types import type_model

PERMISSION: Final = "permission"
_BEHIND: Final = re.compile(  # Python; Go, version 2
    r"An error occurred \([\w.]{1,80}\) when calling the \w{1,80} operation(?: \([^)]{1,80}\))?: "
    r"|operation error [\w ]{1,60}: \w{1,80}, .{0,200}?StatusCode: 4\d\d, RequestID: [\w-]{0,80}, (?:api error:? )?"
)
_BEFORE: Final = re.compile(  # Java; Go, version 1; JavaScript
    r" \(Service: [\w ]{1,60}[,;] Status Code: 4\d\d"
    r"|,?\s{1,8}status code: 4\d\d, request id:"
    r"|\s{0,8}\{\s{0,8}'?\$(?:fault|metadata)\b"
)
_CLASS: Final = re.compile(r"(?:^|[\s.$])\w{1,80}(?:Exception|Error|Fault|Failure)(?: \[\w{1,80}\])?: ")


def own_words(text: str) -> str:
    """What the service itself said; empty where no SDK speaks."""
    if match := _BEHIND.search(text):
        return text[match.end() :]
    if match := _BEFORE.search(text):
        head = text[: match.start()]
        classes = list(_CLASS.finditer(head))
        return head[classes[-1].end() :] if classes else head
    return ""


def refuses_a_right(text: str) -> bool:
    """Whether the words of the service clearly say that somebody may not do something."""
    statement = own_words(text)
    return bool(statement) and type_model().is_clearly(PERMISSION, statement)
