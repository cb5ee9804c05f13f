"""Every command in the documentation is one that exists: its verb, its options, its target, its extra, its JSON."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
import typer
from typer.core import TyperGroup

from sre_agent.cli.main import app
from tests.packaging.declared import PROJECT, ROOT, SERVERS, options_of

PAGES = sorted(
    page
    for where in ("*.md", "docs/*.md", "infra/*.md", "mcp_servers/**/README.md", "sre_agent/**/README.md")
    for page in ROOT.glob(where)
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:sre-agent|make|uvx) [^`]+)`")
RESERVED = {"|", "||", "&&", ";", "&"}
VARIABLE = re.compile(r"[A-Z_]+=")


class Block(NamedTuple):
    page: str
    language: str
    text: str


def blocks() -> Iterator[Block]:
    for page in PAGES:
        for language, text in FENCE.findall(page.read_text(encoding="utf-8")):
            yield Block(page.relative_to(ROOT).as_posix(), language, text)


def words_of(line: str) -> list[list[str]]:
    """The commands of a shell line, each as its words; what is no shell (a diagram, a run's output) gives none."""
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return []
    commands: list[list[str]] = [[]]
    for word in words:
        if word in RESERVED:
            commands.append([])
        elif commands[-1] or not VARIABLE.match(word):  # what stands before a command is its environment
            commands[-1].append(word)
    return [command for command in commands if command]


def lines() -> Iterator[tuple[str, str]]:
    """Every line that may be a command, with its page: of the shell's blocks, and within sentences."""
    for block in blocks():
        if block.language in ("", "sh"):
            yield from ((block.page, line) for line in block.text.splitlines())
    for page in PAGES:
        sentences = FENCE.sub("", page.read_text(encoding="utf-8"))
        yield from ((page.relative_to(ROOT).as_posix(), " ".join(span.split())) for span in INLINE.findall(sentences))


def commands(*names: str) -> list[Any]:
    """Every command of the documentation that begins with one of the names, as a parameter of a test."""
    commands_by_place = {
        (page, " ".join(words)): words
        for page, line in lines()
        for words in words_of(line)
        if words[0].startswith(names)
    }
    return [pytest.param(words, id=f"{page}: {text}") for (page, text), words in commands_by_place.items()]


@cache
def command_line() -> Any:
    return typer.main.get_command(app)


def wrong(words: list[str]) -> str:
    """What is wrong with a call of one of our commands; empty where nothing is."""
    name, *arguments = words
    if name == "sre-agent" and arguments[:1] == ["mcp"] and len(arguments) > 1:
        name, arguments = f"sre-agent-mcp-{arguments[1]}", arguments[2:]
    if name not in PROJECT["scripts"]:
        return f"{name} is no command of the package"
    if name.startswith("sre-agent-mcp-"):
        return ", ".join(sorted(options_in(arguments) - options_of(name.removeprefix("sre-agent-mcp-"))))
    return wrong_in(command_line(), arguments)


def wrong_in(command: Any, arguments: list[str]) -> str:
    if isinstance(command, TyperGroup):
        verb = next((word for word in arguments if not word.startswith("-")), "")
        if not verb and arguments:
            return ", ".join(sorted(options_in(arguments) - known_to(command)))
        if not verb:
            return ""
        if verb not in command.commands:
            return f"there is no verb {verb!r}"
        return wrong_in(command.commands[verb], arguments[arguments.index(verb) + 1 :])
    return ", ".join(sorted(options_in(arguments) - known_to(command)))


def known_to(command: Any) -> set[str]:
    return {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help", "-h"}


def options_in(arguments: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in arguments if re.match(r"--?[a-z]", word)}


@pytest.mark.parametrize("words", commands("sre-agent"))
def test_a_command_in_the_documentation_takes_what_it_is_given(words: list[str]) -> None:
    assert wrong(words) == ""


@pytest.mark.parametrize("words", commands("python"))
def test_a_module_in_the_documentation_takes_what_it_is_given(words: list[str]) -> None:
    assert words[0] == "python"
    if words[1] != "-m":
        assert (ROOT / words[1]).is_file()
    elif words[2].startswith("mcp_servers."):
        assert options_in(words[3:]) <= options_of(words[2].partition(".")[2])
    else:
        assert words[2] in ("hatchling", "tests.bench") or (ROOT / words[2].replace(".", "/")).is_dir()


@pytest.mark.parametrize("words", commands("make"))
def test_a_target_in_the_documentation_is_one_of_the_makefile(words: list[str]) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert [word for word in words[1:] if "=" not in word] and set(words[1:2]) <= targets


@pytest.mark.parametrize("words", commands("pip", "pipx", "uvx"))
def test_what_the_documentation_installs_is_this_package_with_extras_that_it_has(words: list[str]) -> None:
    requirements = [re.fullmatch(r"sre-agent(?:\[(\w+)\])?", word) for word in words if word.startswith("sre-agent")]
    assert requirements and all(requirements[:1])
    extras = {match.group(1) for match in requirements if match and match.group(1)}
    assert extras <= set(PROJECT["optional-dependencies"])
    if words[0] == "uvx":
        run = words[3:] if words[1] == "--from" else words[1:]
        assert wrong(run) == ""


@pytest.mark.parametrize("words", commands("claude"))
def test_a_client_is_told_to_start_a_server_that_exists(words: list[str]) -> None:
    assert words[1:3] == ["mcp", "add"]
    assert wrong(words[words.index("--") + 1 :]) == ""


def snippets() -> list[Any]:
    blocks_of_json = [
        (block.page, block.text) for block in blocks() if block.language == "json" and "sre-agent" in block.text
    ]
    return [pytest.param(text, id=f"{page}-{number}") for number, (page, text) in enumerate(blocks_of_json)]


@pytest.mark.parametrize("text", snippets())
def test_the_configuration_of_a_client_parses_and_starts_servers_that_exist(text: str) -> None:
    configuration: dict[str, Any] = json.loads(text)
    servers = configuration.get("mcpServers") or configuration.get("servers") or {"one": configuration}
    assert set(configuration) & {"mcpServers", "servers", "command"}
    for server in servers.values():
        words = [server["command"], *server["args"]]
        assert wrong(words[3:] if words[:2] == ["uvx", "--from"] else words) == ""
        assert set(server) <= {"type", "command", "args", "env"} and server.get("type", "stdio") == "stdio"


def test_the_documentation_is_really_looked_at() -> None:
    """Each kind of command is found, so that a change of style does not leave these tests without work."""
    counts = {name: len(commands(name)) for name in ("sre-agent", "python", "make", "pip", "uvx", "claude")}
    assert all(counts.values()) and counts["sre-agent"] > 25 and len(snippets()) >= 6
    assert wrong(["sre-agent", "swep"]) and wrong(["sre-agent", "sweep", "--nonsense"])
    assert wrong(["sre-agent-mcp-ssm", "--nonsense"]) and wrong(["sre-agent-mcp-nobody"])


def test_the_readme_begins_with_what_one_does_on_a_cluster_of_ones_own() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = FENCE.search(text)
    assert first is not None and text.count("\n", 0, first.start()) <= 10
    lines = [words[:2] for line in first.group(2).splitlines() for words in words_of(line)]
    assert lines[0] == ["pip", "install"]
    assert lines[1:4] == [["sre-agent", verb] for verb in ("doctor", "sweep", "investigate")]


def test_the_readme_shows_a_picture_that_is_there_and_small() -> None:
    (name,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    picture = ROOT / name
    assert picture.suffix == ".svg" and 5_000 < picture.stat().st_size < 200_000
    text = picture.read_text(encoding="utf-8")
    assert "url(http" not in text and "<script" not in text  # who looks at it fetches and runs nothing


LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_into_the_repository_leads_somewhere(page: Any) -> None:
    links = LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_server_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"sre-agent-mcp-{name}" in text for name in SERVERS)
