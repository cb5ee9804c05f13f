"""The import graph as it is written, imports for types and imports inside functions included.

The contracts in pyproject.toml leave imports for types out, because layers may name each other's types. A circle is a
circle all the same for whoever has to read it.
"""

from __future__ import annotations

import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("sre_agent", "mcp_servers", "sre_lab")
PURE = {"cryptography", "pydantic", "pydantic_core"}  # what the contract and redaction may import beside Python itself


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def test_no_module_imports_itself_by_a_circle(imports: grimp.ImportGraph) -> None:
    below = {module: imports.find_modules_directly_imported_by(module) for module in imports.modules}
    try:
        list(TopologicalSorter(below).static_order())
    except CycleError as circle:
        pytest.fail(f"an import circle: {' <- '.join(circle.args[1])}")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_folders_import_each_other(imports: grimp.ImportGraph, package: str) -> None:
    folders = [package, *(m for m in imports.find_descendants(package) if imports.find_children(m))]
    circles = {folder: breakers for folder in folders if (breakers := imports.nominate_cycle_breakers(folder))}
    assert not circles


def test_the_contract_and_redaction_import_no_client_of_anything(imports: grimp.ImportGraph) -> None:
    outside = {
        module_name
        for package in ("mcp_servers.contract", "mcp_servers.redaction")
        for module in (package, *imports.find_descendants(package))
        for module_name in imports.find_modules_directly_imported_by(module)
        if module_name.partition(".")[0] != "mcp_servers"
    }
    assert outside - sys.stdlib_module_names <= PURE


def test_only_compose_imports_what_signs_permits(imports: grimp.ImportGraph) -> None:
    assert imports.find_modules_that_directly_import("sre_agent.permits") == {"sre_agent.compose"}


@pytest.mark.parametrize("module", ["sre_agent.permits", "mcp", "boto3", "botocore", "kubernetes", "sre_lab"])
def test_what_is_guarded_has_a_list_of_who_may_import_it(module: str) -> None:
    """A list of who may not says nothing of the module that is written tomorrow."""
    contracts: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    lists = [one for one in contracts if one["type"] == "protected" and module in one["protected_modules"]]
    assert [bool(one["allowed_importers"]) for one in lists] == [True]
