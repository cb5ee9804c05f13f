"""`sh`: runs one line after the other, each a sequence of pipes; enough for what people type into a container.

It knows quotes, variables, `$(…)`, `;`, `&&`, `||`, pipes and redirections. It has no loops and no
conditions, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace

from sre_lab.containers.io import ProgramStreams
from sre_lab.kubernetes.kubelets import ReadChunk, Write

NOT_FOUND = 127
SYNTAX = 2
KEYWORDS = ("for", "while", "until", "if", "case", "function", "{", "(")
_QUOTED = r"""'[^']*'|"(?:\\.|[^"\\])*"|\\."""
_TOKEN = re.compile(
    r"[ \t\r]*(?:(?P<comment>\#[^\n]*)|(?P<operator>\|\||&&|;|\||\n)|(?P<redirect>[12]?>&[12]|[12]?>>?|<)"
    rf"|(?P<word>(?:{_QUOTED}|\$\([^)]*\)|[^\s;|&<>'\"\\])+))",
    re.S,
)
_PART = re.compile(rf"{_QUOTED}|(?:\$\([^)]*\)|[^'\"\\])+", re.S)
_ESCAPED = re.compile(r"""\\(["\\$])""")
_VARIABLE = re.compile(r"\$(?:\((?P<run>[^)]*)\)|\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\}|(?P<plain>\w+|\?))")

Run = Callable[[ProgramStreams, list[str]], Awaitable[int]]


class SyntaxProblem(Exception):
    """What the shell cannot read."""


@dataclass
class ShellCommand:
    """One program call: its words as written, and where its streams go."""

    words: list[str] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)


class Shell:
    """`run` starts a program that is no part of the shell; it answers the exit code (127: there is none)."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._code = 0

    async def __call__(self, io: ProgramStreams, arguments: list[str]) -> int:
        """`sh -c LINE`, `sh FILE`, or lines from the input until it ends."""
        words = [a for a in arguments if not re.fullmatch("-[a-z]*", a) or a == "-c"]
        if words and words[0] == "-c":
            return await self.line(io, words[1] if len(words) > 1 else "")
        if words:
            content = io.env.files.get(io.env.path(words[0]))
            if content is None:
                await io.complain(f"sh: can't open '{words[0]}': No such file or directory")
                return NOT_FOUND
            return await self.line(io, content.decode(errors="replace"))
        waiting = b""
        while piece := await io.read():
            waiting += piece
            while b"\n" in waiting:
                line, _, waiting = waiting.partition(b"\n")
                if line.strip() == b"exit":
                    return self._code
                await self.line(io, line.decode(errors="replace"))
        return await self.line(io, waiting.decode(errors="replace")) if waiting.strip() else self._code

    async def line(self, io: ProgramStreams, text: str) -> int:
        """The exit code of the last command of the line."""
        try:
            steps = list(_steps(text))
        except SyntaxProblem as problem:
            await io.complain(f"sh: {problem}")
            return SYNTAX
        for operator, pipe in steps:
            if (operator == "&&" and self._code) or (operator == "||" and not self._code):
                continue
            first = pipe[0].words[0] if pipe[0].words else ""
            if first == "exit":
                return int(pipe[0].words[1]) if len(pipe[0].words) > 1 else self._code
            self._code = await self._pipe(io, pipe)
        return self._code

    async def _pipe(self, io: ProgramStreams, commands: list[ShellCommand]) -> int:
        """One after the other; what one writes the next one reads."""
        read, code = io.read, 0
        for place, command in enumerate(commands):
            chunks: list[bytes] = []
            inner = replace(io, read=read)
            if place < len(commands) - 1:
                inner = replace(inner, out=_into(chunks))
            code = await self._command(inner, command)
            read = _from(b"".join(chunks))
        return code

    async def _command(self, io: ProgramStreams, command: ShellCommand) -> int:
        outputs: dict[str, list[bytes]] = {}
        for operator, target in command.redirects:
            if operator == "<":
                path = io.env.path(await self._expand(io, target))
                if path not in io.env.files:
                    await io.complain(f"sh: can't open {target}: no such file")
                    return 1
                io = replace(io, read=_from(io.env.files[path]))
            elif operator.endswith(("&1", "&2")):
                io = replace(io, err=io.out) if operator.startswith("2") else replace(io, out=io.err)
            else:
                path = io.env.path(await self._expand(io, target))
                pieces = outputs.setdefault(path, [io.env.files.get(path, b"")] if ">>" in operator else [])
                io = replace(io, err=_into(pieces)) if operator.startswith("2") else replace(io, out=_into(pieces))
        words = [await self._expand(io, w) for w in command.words]
        words = [w for w, raw in zip(words, command.words, strict=True) if w or "'" in raw or '"' in raw]
        code = await self._program(io, words)
        for path, pieces in outputs.items():
            if path != "/dev/null":
                io.env.files[path] = b"".join(pieces)
        return code

    async def _program(self, io: ProgramStreams, words: list[str]) -> int:
        while words and (setting := re.fullmatch(r"(\w+)=(.*)", words[0], re.S)):
            io.env.env[setting.group(1)] = setting.group(2)
            words = words[1:]
        if not words:
            return 0
        if words[0] in ("cd", "export", "set", ":"):
            for word in words[1:]:
                name, equals, value = word.partition("=")
                if equals:
                    io.env.env[name] = value
            return 0
        if words[0] == "exec":
            words = words[1:]
        code = await self._run(io, words)
        if code == NOT_FOUND:
            await io.complain(f"sh: {words[0]}: not found")
        return code

    async def _expand(self, io: ProgramStreams, word: str) -> str:
        """The word without its quotes, its variables and commands replaced."""
        result = ""
        for part in _PART.findall(word):
            if part.startswith("'"):
                result += part[1:-1]
            elif part.startswith('"'):
                result += await self._variables(io, _ESCAPED.sub(r"\1", part[1:-1]))
            elif part.startswith("\\"):
                result += part[1:]
            else:
                result += await self._variables(io, part)
        return result

    async def _variables(self, io: ProgramStreams, text: str) -> str:
        result, place = "", 0
        for match in _VARIABLE.finditer(text):
            result += text[place : match.start()]
            place = match.end()
            if match.group("run") is not None:
                chunks: list[bytes] = []
                await self.line(replace(io, out=_into(chunks)), match.group("run"))
                result += b"".join(chunks).decode(errors="replace").rstrip("\n")
            elif match.group("plain") == "?":
                result += str(self._code)
            else:
                name = match.group("braced") or match.group("plain")
                result += io.env.env.get(name) or match.group("default") or ""
        return result + text[place:]


def _steps(text: str) -> Iterator[tuple[str, list[ShellCommand]]]:
    """(the operator before it, the commands of one pipe) for each pipe of a text; SyntaxProblem."""
    operator, pipe, place = ";", [ShellCommand()], 0
    text = text.strip()
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None or token.end() == place:
            raise SyntaxProblem(f"syntax error: unexpected {text[place : place + 1]!r}")
        place = token.end()
        if word := token.group("word"):
            if not pipe[-1].words and word in KEYWORDS:
                raise SyntaxProblem(f"syntax error: the lab's shell has no {word!r}, only plain commands")
            pipe[-1].words.append(word)
        elif redirect := token.group("redirect"):
            target = None if "&" in redirect else _TOKEN.match(text, place)
            if "&" not in redirect and (target is None or not target.group("word")):
                raise SyntaxProblem("syntax error: unexpected end of line after a redirection")
            pipe[-1].redirects.append((redirect, target.group("word") if target else ""))
            place = target.end() if target else place
        elif token.group("operator") == "|":
            pipe.append(ShellCommand())
        elif token.group("operator"):
            if pipe[0].words or pipe[0].redirects:
                yield operator, pipe
            operator, pipe = token.group("operator"), [ShellCommand()]
    if pipe[0].words or pipe[0].redirects:
        yield operator, pipe


def _into(pieces: list[bytes]) -> Write:
    async def write(piece: bytes) -> None:
        pieces.append(piece)

    return write


def _from(content: bytes) -> ReadChunk:
    left = [content]

    async def read() -> bytes:
        return left.pop() if left else b""

    return read
