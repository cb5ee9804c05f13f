"""`sre-agent pause --profile aws` on one machine stops the writes of all that share the table."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_agent.aws_services.creation import create
from sre_agent.cli import exits
from sre_agent.cli.main import app
from sre_agent.domain.write_pause import WritePause
from sre_agent.settings import load
from sre_agent.slots import open_store
from tests.slots import moto


def _seen_elsewhere() -> WritePause | None:
    """What another machine goes by: the same table, a state folder of its own."""

    async def look() -> WritePause | None:
        store = open_store(load("aws", state_dir=Path("elsewhere")).state_access)
        try:
            return await store.write_pause()
        finally:
            await store.close()

    return asyncio.run(look())


def test_a_pause_of_one_machine_is_seen_by_another_until_it_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    state = moto.state_of_its_own(tmp_path)
    tables = {name: str(getattr(state, name)) for name in ("store_table", "checkpoint_table", "used_permits_table")}
    for name, value in (tables | create(state) | {"state_endpoint_url": state.state_endpoint_url}).items():
        monkeypatch.setenv(f"SRE_AGENT_{name.upper()}", value)
    run = CliRunner().invoke
    assert _seen_elsewhere() is None
    done = run(app, ["pause", "--profile", "aws", "--reason", "migration"])
    assert done.exit_code == exits.OK and "unpause --profile aws" in done.stdout, done.output
    pause = _seen_elsewhere()
    assert pause is not None and pause.reason == "migration"
    monkeypatch.setenv("SRE_AGENT_STATE_ENDPOINT_URL", "http://127.0.0.1:9")
    failed = run(app, ["pause", "--profile", "aws"])
    assert failed.exit_code != exits.OK and "other machines still write" in str(failed.exception)
    monkeypatch.setenv("SRE_AGENT_STATE_ENDPOINT_URL", state.state_endpoint_url)
    assert run(app, ["unpause", "--profile", "aws"]).exit_code == exits.OK and _seen_elsewhere() is None
