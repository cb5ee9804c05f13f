"""Every noun of the code has one meaning, and the glossary tells it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tests.syntax import ROOT, Source, sources

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
IRREGULAR = (
    "told|said|asked|seen|known|given|taken|held|meant|wanted|shown|gone|done|sent|got|met|lost|built|bound|broken|chosen|"
    "drawn|driven|fallen|felt|grown|heard|hidden|laid|led|paid|sought|sold|spent|spoken|stood|stolen|struck|taught|thought|"
    "thrown|understood|worn|written|won|begun|borne|brought|caught|dealt|made|found|kept|came|went|gave|took|saw|became|"
    "knew|stuck"
)
PARTICIPLE = re.compile(
    f"{IRREGULAR}|(?!(?:need|seed|feed|speed|embed|bed|red|shed|exceed|proceed|succeed|deed|heed)$)[a-z]+ed"
)
IDIOM = re.compile(  # what programmers call a state, or what is in it; of a function, none is a name
    "accepted|added|allowed|attached|bound|cached|changed|closed|configured|created|decoded|deleted|denied|desired|done|"
    "elapsed|enabled|encoded|escaped|executed|expected|failed|finished|fixed|grouped|joined|limited|loaded|masked|matched|"
    "measured|merged|namespaced|needed|negated|observed|ordered|owned|parsed|paused|pinned|quoted|ranked|received|refused|"
    "registered|rejected|removed|rendered|required|resolved|reused|scheduled|sent|signed|skipped|started|stopped|"
    "succeeded|throttled|updated|used|visited"
)
IN_SCHEMAS = frozenset({"alarmed", "expired"})  # arguments of tools, which clients send
NOUN = re.compile(r"^\| `(\w+)` \| [^|]+ \| `([\w/.]+)` \|$", re.M)


def classes(*packages: str) -> list[tuple[str, Path]]:
    return [
        (node.name, source.path)
        for source in sources(*packages)
        for node in source.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def is_odd(name: str) -> bool:
    return ODD.fullmatch(name) is not None


def test_a_public_class_name_means_one_thing_in_the_whole_product() -> None:
    counts = Counter(name for name, _ in classes(*PACKAGES))
    assert {name: n for name, n in counts.items() if n > 1} == {}


def test_no_class_or_module_is_named_by_a_bare_participle_or_a_private_metaphor() -> None:
    assert [f"{path}: {name}" for name, path in classes(*PRODUCT) if is_odd(name)] == []
    assert [str(source.path) for source in sources(*PRODUCT) if is_odd(source.path.stem)] == []


def test_no_public_function_is_named_by_a_bare_participle_or_a_private_metaphor() -> None:
    functions = [
        (source.path, node.name)
        for source in sources(*PRODUCT)
        for node in source.tree.body
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
        f"{source.path}: {node.name}.{name}"
        for source in sources(*PRODUCT)
        for node in source.nodes(ast.ClassDef)
        for name in members(node)
        if is_odd(name) and (node.name, name) not in IN_JSON
    ]
    assert odd == []


def is_participle(name: str) -> bool:
    return PARTICIPLE.fullmatch(name.strip("_")) is not None


def class_bodies(source: Source) -> Iterator[ast.stmt]:
    return chain.from_iterable(node.body for node in source.nodes(ast.ClassDef))


def variables(source: Source) -> Iterator[str]:
    """The names of variables and parameters, without the fields of classes."""
    bodies = (part for part in class_bodies(source) if isinstance(part, ast.AnnAssign | ast.Assign))
    fields = {id(target) for part in bodies for target in getattr(part, "targets", [getattr(part, "target", None)])}
    names = source.nodes(ast.Name)
    yield from (node.id for node in names if isinstance(node.ctx, ast.Store) and id(node) not in fields)
    yield from (node.arg for node in source.nodes(ast.arg))
    yield from (node.name for node in source.nodes(ast.MatchAs) if node.name)
    yield from (node.name for node in source.nodes(ast.ExceptHandler) if node.name)


def private_functions(source: Source) -> Iterator[str]:
    """The names of private functions and methods, and of functions within functions."""
    public = {id(part) for part in chain(source.tree.body, class_bodies(source))}
    return (node.name for node in source.functions() if node.name.startswith("_") or id(node) not in public)


def bare_participles(source: Source) -> Iterator[str]:
    return (
        name
        for name in variables(source)
        if is_participle(name) and IDIOM.fullmatch(name.strip("_")) is None and name not in IN_SCHEMAS
    )


def test_a_variable_or_parameter_is_named_by_what_it_is_and_by_no_bare_participle() -> None:
    odd = {f"{source.path}: {name}" for source in sources(*PACKAGES, "tests") for name in bare_participles(source)}
    assert sorted(odd) == []


def test_a_private_function_is_named_by_a_verb_or_a_noun_and_by_no_bare_participle() -> None:
    functions = [(source.path, name) for source in sources(*PACKAGES) for name in private_functions(source)]
    assert [f"{path}: {name}" for path, name in functions if is_participle(name)] == []


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
