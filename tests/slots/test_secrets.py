"""What settings name instead of holding is read when it is needed, and again after a rotation, without a restart."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.secrets import AGAIN_SECONDS, KEPT_SECONDS, SecretReader
from sre_agent.clock import SystemClock
from sre_agent.errors import ModelUnavailableError, SettingsError
from sre_agent.http.alarm_secrets import AlarmSecrets
from sre_agent.http.alarm_sources import AlarmSource
from sre_agent.http.secret_token import SecretToken
from sre_agent.model import langchain, open_models
from sre_agent.model.address import ModelAddress
from sre_agent.model.client import ModelClient
from sre_agent.notify.rotation import RotatingChannel
from sre_agent.progress import Progress
from sre_agent.settings import ModelAccess, Settings, StateAccess, load
from sre_agent.toolbox.address import HttpAccess, ServerAddress
from sre_agent.toolbox.session import Session
from tests.slots import moto
from tests.slots.test_messages import NOON, open_store
from tests.toolbox.test_remote_server import copy, session

pytestmark = pytest.mark.anyio
FIRST, SECOND = "first-token-of-sixteen", "second-token-of-sixteen"


class Account:
    """Secrets of this test, and the clock by which they are read again."""

    def __init__(self, folder: Path) -> None:
        self.settings: StateAccess = moto.state_of_its_own(folder)
        self.name = f"{self.settings.permit_secret}/token"
        self.seconds = 0.0
        self.reader = SecretReader(self.settings, monotonic=lambda: self.seconds)
        self.ask: Callable[..., object] = AwsServices(self.settings).ask
        self.ask("secretsmanager", "create_secret", Name=self.name, SecretString=FIRST)

    def rotate(self, value: str) -> None:
        self.ask("secretsmanager", "put_secret_value", SecretId=self.name, SecretString=value)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def test_a_secret_is_read_again_after_a_while_and_kept_while_aws_does_not_answer(account: Account) -> None:
    reference = f"secret:{account.name}"
    assert account.reader.value(reference) == FIRST
    account.rotate(SECOND)
    assert account.reader.value(reference) == FIRST, "still the one that was read"
    account.seconds += KEPT_SECONDS
    assert account.reader.value(reference) == SECOND
    account.ask("secretsmanager", "delete_secret", SecretId=account.name, ForceDeleteWithoutRecovery=True)
    account.seconds += KEPT_SECONDS
    assert account.reader.value(reference) == SECOND
    with pytest.raises(SettingsError, match="not there"):
        SecretReader(account.settings).value(reference)


def test_a_field_of_a_secret_and_a_parameter_are_named_alike_and_any_other_text_is_itself(account: Account) -> None:
    account.rotate(json.dumps({"slack": SECOND}))
    account.ask("ssm", "put_parameter", Name=f"/{account.name}", Value="of a parameter", Type="SecureString")
    assert account.reader.value(f"secret:{account.name}#slack") == SECOND
    assert account.reader.value(f"parameter:/{account.name}") == "of a parameter"
    assert account.reader.value("xoxb-a-token") == "xoxb-a-token"
    with pytest.raises(SettingsError, match="field 'mail'") as refused:
        account.reader.value(f"secret:{account.name}#mail")
    assert SECOND not in str(refused.value) and refused.value.__cause__ is None


async def test_a_new_token_counts_soon_after_its_rotation_and_the_old_one_ends(account: Account) -> None:
    callers = SecretToken(f"secret:{account.name}", account.reader, shortest=16)
    assert await callers.caller(FIRST) is not None and await callers.caller("something else") is None
    account.rotate(SECOND)
    account.seconds += AGAIN_SECONDS
    assert await callers.caller(SECOND) is not None and await callers.caller(FIRST) is None
    account.rotate("short")
    with pytest.raises(SettingsError, match="too short"):
        SecretToken(f"secret:{account.name}", SecretReader(account.settings), shortest=16)


async def test_a_channel_is_opened_anew_with_the_secret_of_now(account: Account) -> None:
    secrets: list[str] = []

    class Spoken:
        edits = False

        async def tell(self, notice: object, handle: str) -> str:
            return handle

    def open_with(secret: str) -> Spoken:
        secrets.append(secret)
        return Spoken()

    channel = RotatingChannel(f"secret:{account.name}", account.reader, open_with)
    account.rotate(SECOND)
    for seconds in (1.0, KEPT_SECONDS, 1.0):
        account.seconds += seconds
        await channel.tell(None, "")  # type: ignore[arg-type]  # what is said is not looked at
    assert secrets == [FIRST, SECOND]


async def test_a_webhook_that_signs_with_a_rotated_secret_is_believed_soon(account: Account) -> None:
    source, secrets = AlarmSource(secret=f"secret:{account.name}"), AlarmSecrets(account.reader)

    async def is_proven(secret: str) -> bool:
        return await secrets.prove(source, {"x-webhook-secret": secret}, b"{}", NOON)

    assert await is_proven(FIRST) and not await is_proven(SECOND) and not await is_proven(source.secret[0])
    account.rotate(SECOND)
    account.seconds += AGAIN_SECONDS
    assert await is_proven(SECOND) and not await is_proven(FIRST)
    account.rotate("short")
    account.seconds += KEPT_SECONDS
    with pytest.raises(SettingsError, match="too short"):
        await is_proven("short")


async def test_a_server_elsewhere_that_refuses_a_token_is_sent_the_rotated_one_in_the_same_session(
    account: Account, tmp_path: Path
) -> None:
    accepted = tmp_path / "accepted"
    accepted.write_text(FIRST)
    access = HttpAccess(token_secret=f"secret:{account.name}")
    with copy("scales", accepted) as (url, _, calls):
        async with session(url, access=access, secrets=account.reader) as one:
            await one.call("count", {"what": "with the old"})
            accepted.write_text(SECOND)
            account.rotate(SECOND)
            account.seconds += AGAIN_SECONDS
            await one.call("count", {"what": "with the new"})
    assert calls == ["with the old", "with the new"]


async def test_a_server_of_others_is_started_anew_with_the_secret_of_now(account: Account, tmp_path: Path) -> None:
    starts, script = tmp_path / "starts", tmp_path / "speaker.json"
    script.write_text('{"get_active_alarms": {"text": "none"}}')
    body = (
        f"import os, runpy, sys; open({str(starts)!r}, 'a').write(os.environ['TOKEN'] + ' ');"
        " runpy.run_module('tests.toolbox.speaker', run_name='__main__')"
    )
    environment = {"TOKEN": f"secret:{account.name}", "PATH": os.environ["PATH"]}
    address = ServerAddress(
        "speaker", command=(sys.executable, "-c", body, str(script)), environment=environment, secrets=account.reader
    )
    one = Session(address, connect_seconds=60, call_seconds=60)
    try:
        for _ in range(2):
            await one.call("get_active_alarms", {})
        account.rotate(SECOND)
        account.seconds += KEPT_SECONDS
        await one.call("get_active_alarms", {})
    finally:
        await one.close()
    assert starts.read_text().split() == [FIRST, SECOND]


async def test_a_model_that_refuses_its_key_is_asked_again_with_the_rotated_one(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = [FIRST]

    class ModelAuthenticationError(Exception):
        """As LangChain calls it."""

    class Locked(GenericFakeChatModel):
        key: str

        def _generate(self, *state_fields: Any, **more: Any) -> Any:
            if self.key not in accepted:
                raise ModelAuthenticationError("invalid key")
            return super()._generate(*state_fields, **more)

    def open_model(address: ModelAddress, settings: ModelAccess) -> ModelClient:
        key = settings.model_keys[address.provider]
        return ModelClient(Locked(messages=itertools.repeat(AIMessage("ready")), key=key), key=key)

    monkeypatch.setattr(langchain, "open_model", open_model)
    keys = {"made": f"secret:{account.name}"}
    arguments = {name: getattr(account.settings, name) for name in ("state_endpoint_url", "state_region")}
    settings = Settings(model="made:one", model_keys=keys, **arguments).model_access
    store = open_store("sqlite", account.settings.state_dir)
    clock = SystemClock()
    models = open_models(settings, ledger=store, clock=clock, progress=Progress(clock))
    question = [HumanMessage("are you ready")]
    assert (await models.ask("small", question, agent="test")).text == "ready"
    accepted[:] = [SECOND]
    account.rotate(SECOND)
    assert (await models.ask("small", [HumanMessage("and now")], agent="test")).text == "ready"
    accepted.clear()
    with pytest.raises(ModelUnavailableError, match="invalid key"):
        await models.ask("small", [HumanMessage("and without")], agent="test")
    await models.close()
    await store.close()


def test_a_setting_may_be_a_parameter_and_no_secret(account: Account) -> None:
    where = {"SRE_AGENT_STATE_ENDPOINT_URL": moto.address(), "SRE_AGENT_STATE_REGION": moto.REGION}
    path = f"/{account.name}"
    account.ask("ssm", "put_parameter", Name=f"{path}/rounds", Value="7", Type="String")
    account.ask("ssm", "put_parameter", Name=f"{path}/namespaces", Value="shop,stock-*", Type="StringList")
    variables = {
        "SRE_AGENT_ROUNDS": f"parameter:{path}/rounds",
        "SRE_AGENT_ALLOW_NAMESPACES": f"parameter:{path}/namespaces",
    }
    token = {"SRE_AGENT_TOKEN_SECRET": f"parameter:{path}/secure"}
    assert load(environment=where | token).service.token_secret == token["SRE_AGENT_TOKEN_SECRET"], "read when needed"
    settings = load(environment=where | variables)
    assert (settings.investigation.rounds, settings.writing.allow_namespaces) == (7, ("shop", "stock-*"))
    account.ask("ssm", "put_parameter", Name=f"{path}/secure", Value=FIRST, Type="SecureString")
    for name, says in (("none", "no parameter"), ("secure", "is a SecureString")):
        with pytest.raises(SettingsError, match=says):
            load(environment=where | {"SRE_AGENT_OPERATOR": f"parameter:{path}/{name}"})
