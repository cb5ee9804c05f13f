"""What settings name instead of holding is read when it is needed, and again after a rotation, without a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.secrets import AGAIN_SECONDS, KEPT_SECONDS, SecretReader
from sre_agent.errors import SettingsError
from sre_agent.http.secret_token import SecretToken
from sre_agent.notify.rotation import RotatingChannel
from sre_agent.settings import StateAccess, load
from tests.slots import moto

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
    opened: list[str] = []

    class Spoken:
        edits = False

        async def tell(self, notice: object, handle: str) -> str:
            return handle

    def open_with(secret: str) -> Spoken:
        opened.append(secret)
        return Spoken()

    channel = RotatingChannel(f"secret:{account.name}", account.reader, open_with)
    account.rotate(SECOND)
    for seconds in (1.0, KEPT_SECONDS, 1.0):
        account.seconds += seconds
        await channel.tell(None, "")  # type: ignore[arg-type]  # what is said is not looked at
    assert opened == [FIRST, SECOND]


def test_a_setting_may_be_a_parameter_and_no_secret(account: Account) -> None:
    where = {"SRE_AGENT_STATE_ENDPOINT_URL": moto.address(), "SRE_AGENT_STATE_REGION": moto.REGION}
    path = f"/{account.name}"
    account.ask("ssm", "put_parameter", Name=f"{path}/rounds", Value="7", Type="String")
    account.ask("ssm", "put_parameter", Name=f"{path}/namespaces", Value="shop,stock-*", Type="StringList")
    named = {
        "SRE_AGENT_ROUNDS": f"parameter:{path}/rounds",
        "SRE_AGENT_ALLOW_NAMESPACES": f"parameter:{path}/namespaces",
    }
    given = load(environment=where | named)
    assert (given.investigation.rounds, given.writing.allow_namespaces) == (7, ("shop", "stock-*"))
    account.ask("ssm", "put_parameter", Name=f"{path}/secure", Value=FIRST, Type="SecureString")
    for name, says in (("none", "no parameter"), ("secure", "is a SecureString")):
        with pytest.raises(SettingsError, match=says):
            load(environment=where | {"SRE_AGENT_OPERATOR": f"parameter:{path}/{name}"})
