"""What somebody may write into an alarm so that the terminal of who reads it obeys, hides or lies."""

from __future__ import annotations

import re

ATTACKS = {
    "clears the screen": "a\x1b[2J\x1b[Hb",
    "colours": "a\x1b[35;45mfine\x1b[0mb",
    "the window's title": "a\x1b]0;owned\x07b",
    "a link": "a\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\b",
    "a link that does not end": "a\x1b]8;;http://evil.test",
    "a device string": "a\x1bPq#0\x1b\\b",
    "a C1 control sequence": "a\x9b2Jb",
    "a C1 string": "a\x9d0;owned\x9cb",
    "a backspace": "denied\x08\x08\x08\x08\x08\x08approved",
    "a carriage return": "denied\rapproved",
    "turned direction": "a\u202egpj.exe\u202cb",
    "isolates": "a\u2066b\u2069c",
    "zero width": "pay\u200bments\u200d\ufeff",
    "tags that nobody sees": "a\U000e0041\U000e0042b",
    "blank letters": "a\u3164\u115fb",
    "a line of its own": "web\n12:00:00  approve by root",
    "a line by a separator": "web\u2028approved\x85approved\x0bapproved",
    "half a character": "a\ud800b",
    "a null and a delete": "a\x00\x7fb",
    "console markup": "[red]fine[/red] [link=http://evil.test]x[/link] :skull:",
}
SHOWN_BY_US = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")  # colours, cursor and lines of rich on a terminal


def seen_raw(output: str, *, terminal: bool) -> str:
    """The characters of an output that command a terminal or that nobody sees, beside those that we print."""
    ours = SHOWN_BY_US.sub("", output) if terminal else output
    return "".join(c for c in ours if c not in "\n\t" and (not c.isprintable() or c in "\u3164\u115f"))
