"""What a command loads before it does anything: nobody waits for what he does not use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = "from sre_agent.cli.entry import run; run()"
TELL = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
SLOW = {"langgraph", "langchain_core", "mcp", "boto3", "kubernetes", "moto", "jinja2", "cedarpy"}

pytestmark = pytest.mark.usefixtures("true_start")


def imports_of(program: str, *words: str, cwd: Path) -> set[str]:
    """The modules that a process has at its end."""
    done = subprocess.run(
        [sys.executable, "-c", TELL + program, *words], cwd=cwd, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr[-500:]
    return set(done.stderr.split())


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_the_help_loads_every_verb_and_nothing_that_is_slow(tmp_path: Path) -> None:
    modules = imports_of(RUN, "--help", cwd=tmp_path)
    assert {"sre_agent.cli.demo", "sre_agent.cli.incidents", "sre_agent.cli.lab"} <= modules
    assert not packages(modules) & SLOW
    assert not modules & {"sre_agent.compose", "sre_agent.diagnosis", "sre_agent.failures"}


def test_a_verb_loads_no_other_verb(tmp_path: Path) -> None:
    modules = imports_of(RUN, "costs", "--help", cwd=tmp_path)
    assert "sre_agent.cli.costs" in modules
    assert not modules & {f"sre_agent.cli.{verb}" for verb in ("demo", "chat", "sweep", "replay", "incidents", "lab")}


def test_a_misspelt_verb_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, "swep"], cwd=tmp_path, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 2 and "sweep" in done.stderr


def test_who_asks_only_where_a_server_is_loads_no_graph_no_model_and_no_client(tmp_path: Path) -> None:
    statement = (
        "from sre_agent import server_addresses, settings; server_addresses.readers(settings.Settings(state_dir='.'))"
    )
    assert not packages(imports_of(statement, cwd=tmp_path)) & (SLOW | {"cryptography", "opentelemetry", "structlog"})


@pytest.mark.parametrize("server", ["kubernetes", "prometheus"])
def test_a_server_that_meets_no_cloud_loads_no_client_of_one(tmp_path: Path, server: str) -> None:
    program = f"import runpy; runpy.run_module('mcp_servers.{server}', run_name='__main__', alter_sys=True)"
    modules = imports_of(program, "--help", cwd=tmp_path)
    assert f"mcp_servers.{server}.server" in modules
    assert not packages(modules) & {"boto3", "botocore"}


def test_the_words_of_languages_are_read_when_a_text_is_and_not_before(tmp_path: Path) -> None:
    report = "import sre_agent.reports.authoring, sre_agent.language.grounding as grounding"
    ask = "from sre_agent.language import lexicon; read = lexicon._data.cache_info().currsize"
    beginning = f"{report}; {ask}; assert not read, 'at import'; grounding.has_claims('web-1 is ready'); "
    assert imports_of(f"{beginning}assert lexicon._data.cache_info().currsize == 1", cwd=tmp_path)
