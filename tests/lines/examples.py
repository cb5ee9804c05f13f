"""Log lines of many programs with the answer to one question: does this line tell of trouble?

`examples/*.txt`: `# family | program | format` begins a family, `! ` a line of trouble, `!type ` one whose words tell
what kind of trouble, `- ` a harmless one. A family that ends with `| worked on` is never kept aside. `= name: a, b`
gives what `{name}` stands for in the lines of its family; such a line becomes several, each with other values.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TURNS = 4  # lines that one with slots becomes
_SLOT = re.compile(r"\{(\w+)\}")
_LINE = re.compile(r"(?:!(?P<type>[a-z]*)|(?P<harmless>-)) (?P<line>.*)")
FOLDER = Path(__file__).with_name("examples")


@dataclass(frozen=True)
class Example:
    line: str
    trouble: bool
    family: str
    general: bool = False
    type: str = ""

    @property
    def kept_aside(self) -> bool:
        """Whether its family is one of those that no choice was made by: half of all, by a hash of the name."""
        return not self.general and _number(self.family) % 2 == 1


def examples(folder: Path = FOLDER) -> list[Example]:
    results: list[Example] = []
    for path in sorted(folder.glob("*.txt")):
        family, general, slots = "", False, dict[str, list[str]]()
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if line.startswith("# "):
                family, *_, last = [part.strip() for part in line[2:].split("|")]
                general, slots = last == "worked on", {}
            elif line.startswith("= "):
                name, _, values = line[2:].partition(": ")
                slots[name] = values.split(", ")
            elif match := _LINE.fullmatch(line):
                text = _several(match["line"], slots) if slots else [match["line"]]
                results += [Example(x, not match["harmless"], family, general, match["type"] or "") for x in text]
            elif line:
                raise ValueError(f"{path.name}:{number}: begins with none of '# ', '= ', '!' and '- '")
    return results


def _several(line: str, slots: dict[str, list[str]]) -> list[str]:
    """The line with values in its slots; which ones follows from the line, so that it is the same everywhere."""
    result: list[str] = []
    for turn in range(TURNS if _SLOT.search(line) else 1):
        lab = line
        while slot := _SLOT.search(lab):
            choice = _number(f"{turn} {lab}")
            values = slots.get(slot[1]) or [str(choice % 97 + 2)]
            lab = lab[: slot.start()] + values[choice % len(values)] + lab[slot.end() :]
        result.append(lab)
    return list(dict.fromkeys(result))


def digest(of: Iterable[Example]) -> str:
    """One value for all lines and answers; the packaged weights carry that of the lines they were learnt from."""
    text = "\n".join(f"{'!' if example.trouble else '-'}{example.line}" for example in of)
    return hashlib.sha256(text.encode()).hexdigest()


def fold(family: str, folds: int) -> int:
    return _number(family) // 2 % folds


def _number(family: str) -> int:
    return int.from_bytes(hashlib.sha256(family.encode()).digest()[:4], "big")
