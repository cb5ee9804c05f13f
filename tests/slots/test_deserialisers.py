"""No text from outside names code: what the whole product reads data with builds data."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import mcp_servers
import sre_agent
from tests.syntax import parse

ROOT = Path(sre_agent.__file__).parents[1]
BUILDERS = {"pickle", "_pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "joblib", "code"}
RUNNERS = {"eval", "exec", "compile", "__import__"}
OF_LANGGRAPH = {"JsonPlusSerializer", "InMemorySaver", "MemorySaver", "EncryptedSerializer", "LC_REVIVER", "Reviver"}
UNSAFE_YAML = {"unsafe_load", "unsafe_load_all", "full_load", "full_load_all", "UnsafeLoader", "FullLoader", "Loader"}
BY_NAME = {  # which import a module by a name, each of a closed list: of a package's own files, or written in the code
    *("sre_agent/cli/main.py", "sre_agent/cli/loading.py", "sre_agent/cli/mcp.py", "sre_agent/compose.py"),
    "sre_agent/slots.py",
    *("sre_agent/model/__init__.py", "sre_agent/model/request.py", "sre_agent/preflight/models.py"),
    *(
        "sre_agent/chat/answers/registry.py",
        "sre_agent/toolbox/readers/__init__.py",
        "sre_agent/ops/checks/__init__.py",
    ),
    *("mcp_servers/serving/starting.py", "mcp_servers/serving/registry.py"),
    *("mcp_servers/writing/tools.py", "mcp_servers/writing/used_permits/__init__.py", "sre_agent/notify/__init__.py"),
}


def sources() -> list[Path]:
    folders = (Path(package.__file__ or "").parent for package in (sre_agent, mcp_servers))
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def deserialisers_in(path: Path) -> Iterator[str]:
    place = str(path.relative_to(ROOT))
    for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (f"import {one.name}" for one in names if one.name.partition(".")[0] in BUILDERS)
            case ast.ImportFrom(module=module, names=names):
                yield from (f"import {one.name}" for one in names if one.name in OF_LANGGRAPH or module in BUILDERS)
            case ast.Call(func=ast.Name(id=name)) if name in RUNNERS:
                yield f"{name}()"
            case ast.Attribute(value=ast.Name(id="yaml"), attr=name) if name in UNSAFE_YAML:
                yield f"yaml.{name}"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="yaml"), attr="load")) as call:
                if not _safe(call, place):
                    yield ast.unparse(call)
            case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module")):
                if place not in BY_NAME:
                    yield ast.unparse(node)


def _safe(call: ast.Call, place: str) -> bool:
    """Whether a document is loaded by a SafeLoader, or by one of ours that adds nothing but readings of scalars."""
    loader = [*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "Loader")][0]
    module = importlib.import_module(place.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    loader_class = eval(ast.unparse(loader), vars(module))  # of our own source, in a test
    return issubclass(loader_class, yaml.SafeLoader | yaml.CSafeLoader)


@pytest.mark.parametrize("package", ["sre_agent", "mcp_servers"])
def test_nothing_in_the_product_builds_objects_that_data_name(package: str) -> None:
    odd = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in sources()
        if package in path.parts
        for what in deserialisers_in(path)
    ]
    assert odd == []


@pytest.mark.parametrize(
    "source",
    [
        *("import pickle", "from pickle import loads", "eval('1')", "yaml.unsafe_load('')", "yaml.FullLoader"),
        *("import_module(name)", "importlib.import_module(name)", "from x import JsonPlusSerializer"),
    ],
)
def test_the_look_itself_finds_each_of_them(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "odd.py"
    path.write_text(source)
    monkeypatch.setattr("tests.slots.test_deserialisers.ROOT", tmp_path)
    assert list(deserialisers_in(path))
