"""Every noun of the code has one meaning, and the glossary tells it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("sre_agent", "mcp_servers", "sre_lab")
PRODUCT = ("sre_agent", "mcp_servers")
PARTICIPLES = (
    "told|said|asked|kept|found|held|known|meant|wanted|looked|heard|written|taken|given|chosen|shown|seen|gone|left|"
    "offered|served|opened|checked|expected|concluded|stated|declared|decided|"
    "named|listed|judged|covered|answered|not_done|tried|made|came"
)
METAPHORS = (
    "law|ruling|mint|doors?|workshop|scene|purse|shelf|desks?|board|picture|sights|sheet|aside|unswept|grounds|"
    "departures|company|aimed|healed|looking|standing|complaints|speaks_for|speaks_against"
)
ODD = re.compile(f"(?:{PARTICIPLES}|{METAPHORS})", re.I)
BY_NAME = frozenset({("formats", "known")})  # class files of users name it
IN_JSON = frozenset({("Refusal", "asked")})  # clients of the servers read it
NOUN = re.compile(r"^\| `(\w+)` \| [^|]+ \| `([\w/.]+)` \|$", re.M)


def modules(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    return chain.from_iterable(map(modules_of, packages))


@cache
def modules_of(package: str) -> list[tuple[Path, ast.Module]]:
    paths = sorted((ROOT / package).rglob("*.py"))
    return [(path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def classes(*packages: str) -> list[tuple[str, Path]]:
    return [
        (node.name, path)
        for path, tree in modules(*packages)
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def is_odd(name: str) -> bool:
    return ODD.fullmatch(name) is not None


def test_a_public_class_name_means_one_thing_in_the_whole_product() -> None:
    counted = Counter(name for name, _ in classes(*PACKAGES))
    assert {name: n for name, n in counted.items() if n > 1} == {}


def test_no_class_or_module_is_named_by_a_bare_participle_or_a_private_metaphor() -> None:
    assert [f"{path}: {name}" for name, path in classes(*PRODUCT) if is_odd(name)] == []
    assert [str(path) for path, _ in modules(*PRODUCT) if is_odd(path.stem)] == []


def test_no_public_function_is_named_by_a_bare_participle_or_a_private_metaphor() -> None:
    functions = [
        (path, node.name)
        for path, tree in modules(*PRODUCT)
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_")
    ]
    assert [f"{path}: {name}" for path, name in functions if is_odd(name) and (path.stem, name) not in BY_NAME] == []


def members(node: ast.ClassDef) -> Iterator[str]:
    """The names of a class's fields and methods, without the underscore of private ones."""
    for part in node.body:
        match part:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name.lstrip("_")
            case ast.Assign(targets=targets):
                yield from (one.id.lstrip("_") for one in targets if isinstance(one, ast.Name))


def test_no_field_or_method_is_named_by_a_bare_participle_or_a_private_metaphor() -> None:
    odd = [
        f"{path}: {node.name}.{name}"
        for path, tree in modules(*PRODUCT)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for name in members(node)
        if is_odd(name) and (node.name, name) not in IN_JSON
    ]
    assert odd == []


def test_each_noun_of_the_glossary_is_in_the_code_where_it_says() -> None:
    there = set(classes(*PACKAGES))
    nouns = NOUN.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    assert len(nouns) > 200
    assert [f"{noun} in {path}" for noun, path in nouns if (noun, Path(path)) not in there] == []


def test_each_noun_stands_in_the_glossary_once() -> None:
    nouns = Counter(noun for noun, _ in NOUN.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")))
    assert {noun: n for noun, n in nouns.items() if n > 1} == {}


def test_the_glossary_tells_every_noun_that_is_stored_or_passed_on() -> None:
    nouns = {noun for noun, _ in NOUN.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))}
    domain = {name for name, path in classes("sre_agent") if path.parts[1] == "domain"} - {"Noun"}
    contract = {name for name, path in classes("mcp_servers") if path.parts[1] == "contract"}
    assert sorted((domain | contract) - nouns) == []
