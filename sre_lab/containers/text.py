"""Programs that pass text on: whole, in part, or counted."""

from __future__ import annotations

import re
from collections.abc import Callable

from sre_lab.containers.io import ProgramStreams

Change = Callable[[list[bytes]], list[bytes]]  # of lines with their ends


async def cat(io: ProgramStreams, arguments: list[str]) -> int:
    code = 0
    for name in arguments or ["-"]:
        if name == "-":
            while piece := await io.read():
                await io.out(piece)
        else:
            content = await _content(io, "cat", name)
            code = 1 if content is None else code
            await io.out(content or b"")
    return code


async def head(io: ProgramStreams, arguments: list[str]) -> int:
    count, names = _count(arguments)
    return await _each(io, "head", names, lambda lines: lines[:count])


async def tail(io: ProgramStreams, arguments: list[str]) -> int:
    count, names = _count(arguments)
    return await _each(io, "tail", names, lambda lines: lines[-count:] if count else [])


async def sort(io: ProgramStreams, arguments: list[str]) -> int:
    names = [a for a in arguments if not a.startswith("-")]
    backwards = any("r" in a for a in arguments if a.startswith("-"))
    return await _each(io, "sort", names, lambda lines: sorted(lines, reverse=backwards))


async def wc(io: ProgramStreams, arguments: list[str]) -> int:
    names = [a for a in arguments if not a.startswith("-")]
    options = "".join(a[1:] for a in arguments if a.startswith("-")) or "lwc"
    for name in names or ["-"]:
        content = await _content(io, "wc", name)
        if content is None:
            return 1
        counts = {"l": content.count(b"\n"), "w": len(content.split()), "c": len(content)}
        numbers = " ".join(str(counts[o]) for o in "lwc" if o in options)
        await io.say(f"{numbers} {name}\n" if name != "-" else f"{numbers}\n")
    return 0


async def grep(io: ProgramStreams, arguments: list[str]) -> int:
    options = "".join(a[1:] for a in arguments if re.fullmatch(r"-[a-zA-Z]+", a))
    words = [a for a in arguments if not re.fullmatch(r"-[a-zA-Z]+", a)]
    if not words:
        await io.complain("grep: no pattern")
        return 2
    try:
        pattern = re.compile(re.escape(words[0]) if "F" in options else words[0], re.I if "i" in options else 0)
    except re.error:
        await io.complain(f"grep: bad regex '{words[0]}'")
        return 2
    hits = 0
    for name in words[1:] or ["-"]:
        content = await _content(io, "grep", name)
        if content is None:
            return 2
        lines = content.decode(errors="replace").splitlines()
        matches = [line for line in lines if bool(pattern.search(line)) != ("v" in options)]
        hits += len(matches)
        if "c" in options:
            await io.say(f"{len(matches)}\n")
        elif "q" not in options:
            await io.say("".join(f"{line}\n" for line in matches))
    return 0 if hits else 1


async def _each(io: ProgramStreams, program: str, names: list[str], change: Change) -> int:
    for name in names or ["-"]:
        content = await _content(io, program, name)
        if content is None:
            return 1
        await io.out(b"".join(change(content.splitlines(keepends=True))))
    return 0


async def _content(io: ProgramStreams, program: str, name: str) -> bytes | None:
    """The file's content (`-`: the input); None after saying why there is none."""
    if name == "-":
        return await io.rest()
    path = io.env.path(name)
    if path in io.env.files:
        return io.env.files[path]
    why = "Is a directory" if io.env.is_folder(path) else "No such file or directory"
    prefix = "read error" if io.env.is_folder(path) else f"can't open '{name}'"
    await io.complain(f"{program}: {prefix}: {why}")
    return None


def _count(arguments: list[str]) -> tuple[int, list[str]]:
    """(how many lines, the files)"""
    count, names, rest = 10, [], list(arguments)
    while rest:
        word = rest.pop(0)
        match = re.fullmatch(r"-n?(\d+)", word)
        if word == "-n" and rest and rest[0].isdigit():
            count = int(rest.pop(0))
        elif match:
            count = int(match.group(1))
        else:
            names.append(word)
    return count, names
