"""What `ops monthly` and `ops quarterly` find: who may decide and does not, what is behind, what is not used."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from sre_agent.backup import sealing
from sre_agent.ops.checks import growth, versions
from sre_agent.ops.shipped_policies import shipped_document
from tests.ops.own import BEGIN, own_installation
from tests.slots import moto

pytestmark = pytest.mark.anyio


async def test_somebody_who_may_decide_and_never_did_is_named(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        pool = (await own.ask("cognito-idp", "create_user_pool", PoolName="callers"))["UserPool"]["Id"]
        for role in ("viewer", "operator", "approver", "admin"):
            await own.ask("cognito-idp", "create_group", GroupName=role, UserPoolId=pool)
        subs = {}
        for name in ("ada@example.com", "bob@example.com"):
            attributes = [{"Name": "email", "Value": name}]
            user = await own.ask(
                "cognito-idp", "admin_create_user", UserPoolId=pool, Username=name, UserAttributes=attributes
            )
            subs[name] = next(one["Value"] for one in user["User"]["Attributes"] if one["Name"] == "sub")
            await own.ask(
                "cognito-idp", "admin_add_user_to_group", UserPoolId=pool, Username=name, GroupName="approver"
            )
    issuer = f"https://cognito-idp.{moto.REGION}.amazonaws.com/{pool}"
    async with own_installation(tmp_path, oidc_issuer=issuer) as own:
        identity = f"oidc:{issuer}#{subs['ada@example.com']}"
        await own.event("incident.opened", "inc-1", at=BEGIN - timedelta(days=95))
        await own.event("approval.decided", "inc-1", by="ada@example.com", identity=identity)
        review = await own.result("access review")
    assert review.state == "warning" and review.statement.startswith("bob@example.com may decide (approver)")
    assert review.figures["role_approver"] == 2 and "approver: ada@example.com, bob@example.com" in review.details


async def test_a_package_behind_the_lock_is_told_and_one_of_another_platform_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with own_installation(tmp_path) as own:
        assert (await own.result("versions")).state in ("ok", "warning")
        lock = f"{shipped_document(versions.LOCK)}\npytest==9999.1 \\\nnot-there==1.0 \\\n"
        monkeypatch.setattr(versions, "shipped_document", lambda file: lock)
        behind = await own.result("versions")
    assert behind.state == "warning" and "(tested: 9999.1)" in behind.statement and "not-there" not in behind.statement


async def test_servers_that_no_run_asked_are_told_with_the_permissions_they_have(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        await own.event("call.ended", "inc-1", name="kubectl_get", server="kubernetes")
        own.clock.move_to(BEGIN + timedelta(days=20))
        for server in ("cloudwatch", "ssm"):
            await own.event("call.ended", "inc-1", name="any", server=server)
        result = await own.result("unused permissions")
    assert result.state == "warning"
    assert [detail.partition(":")[0] for detail in result.details] == ["prometheus"]


async def test_more_incidents_than_workers_can_do_are_foreseen(tmp_path: Path) -> None:
    async with own_installation(tmp_path, workers=1) as own:
        for day in range(10):
            for _ in range(1 + day):
                await own.incident()
            own.clock.move_to(BEGIN + timedelta(days=day + 1))
        capacity = await own.result("capacity")
    assert capacity.state == "ok" and capacity.figures["trend_per_day"] == pytest.approx(1, abs=0.1)
    assert capacity.figures["per_day_expected"] == pytest.approx(100, abs=5), capacity.statement


async def test_a_state_that_outgrows_its_disk_is_foreseen_by_the_sizes_of_its_backups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("made up for this test", encoding="utf-8")
    monkeypatch.setattr(sealing, "COST", 2**10)
    place = str(tmp_path / "backups")
    async with own_installation(tmp_path, backup_to=place, backup_passphrase_file=passphrase) as own:
        for day in range(6):
            for _ in range(20):
                await own.incident()
            own.back_up()
            own.clock.move_to(BEGIN + timedelta(days=day + 1))
        assert (await own.result("growth")).state == "ok"
        monkeypatch.setattr(f"{growth.__name__}.shutil.disk_usage", lambda path: SimpleNamespace(free=1000))
        short = await own.result("growth")
    assert short.state == "problem" and "its disk has 0 MB" in short.statement
