"""server.json for the registry of MCP servers, langgraph.json for LangGraph's tools: what they name is there."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph.state import CompiledStateGraph

from tests.packaging.declared import PROJECT, ROOT, SERVERS, options_of

MANIFESTS = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("server*.json"))}


def test_there_is_one_manifest_for_each_server() -> None:
    assert sorted(one["name"].partition("/")[2] for one in MANIFESTS.values()) == sorted(SERVERS)


@pytest.mark.parametrize("file", MANIFESTS)
def test_a_manifest_keeps_the_limits_of_the_registry(file: str) -> None:
    one: dict[str, Any] = MANIFESTS[file]
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", one["name"])
    assert 1 <= len(one["description"]) <= 100 and 1 <= len(one["title"]) <= 100
    (package,) = one["packages"]
    assert one["version"] == package["version"] == PROJECT["version"]
    assert (package["registryType"], package["identifier"], package["runtimeHint"]) == ("pypi", PROJECT["name"], "uvx")
    assert package["transport"] == {"type": "stdio"}


@pytest.mark.parametrize("file", MANIFESTS)
def test_the_published_readme_proves_who_owns_the_manifest(file: str) -> None:
    readme = (ROOT / PROJECT["readme"]).read_text(encoding="utf-8")
    assert f"<!-- mcp-name: {MANIFESTS[file]['name']} -->" in readme


@pytest.mark.parametrize("file", MANIFESTS)
def test_a_manifest_names_options_that_the_server_takes(file: str) -> None:
    one: dict[str, Any] = MANIFESTS[file]
    options = {argument["name"] for argument in one["packages"][0]["packageArguments"] if argument["type"] == "named"}
    assert options <= options_of(one["name"].partition("/")[2])


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What LangGraph's server gets, which loads the file and calls the function that langgraph.json names."""
    monkeypatch.chdir(tmp_path)
    configuration = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    assert configuration["dependencies"] == ["."]
    ((name, place),) = configuration["graphs"].items()
    file, _, function = place.partition(":")
    spec = importlib.util.spec_from_file_location(f"loaded_{name}", ROOT / file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return getattr(module, function)({"configurable": {}})


def test_the_graph_that_langgraph_is_told_of_loads_and_opens_nothing(graph: Any, tmp_path: Path) -> None:
    assert isinstance(graph, CompiledStateGraph)
    steps = {"intake", "supervisor", "kubernetes", "logs", "metrics", "runbooks", "diagnose", "plan", "gate", "approve"}
    assert set(graph.nodes) == steps | {"__start__", "edit", "remediate", "verify", "wait", "report"}
    assert graph.checkpointer is None and not list(tmp_path.iterdir())
    assert "intake" in graph.get_graph().draw_mermaid()


@pytest.mark.anyio
async def test_a_run_in_langgraphs_server_ends_with_what_to_do_instead(graph: Any) -> None:
    with pytest.raises(RuntimeError, match="sre-agent investigate"):
        await graph.ainvoke({}, context={})  # as that server calls it
