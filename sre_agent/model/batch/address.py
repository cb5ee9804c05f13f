"""Which model takes a batch, and whether all that batch inference needs is set."""

from __future__ import annotations

import re
from typing import Final

from sre_agent.domain.model_call import Tier
from sre_agent.errors import ModelUnavailableError, SettingsError
from sre_agent.model.address import BEDROCK, ModelAddress, addresses
from sre_agent.settings import ModelAccess

_PLACE: Final = re.compile(r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+)*/?")
_ROLE: Final = re.compile(r"arn:aws(?:-[^:]+)?:iam::(?:\d{12})?:role/.+")


def batch_address(settings: ModelAccess, tier: Tier) -> ModelAddress:
    """The first model of the tier that is Bedrock's.

    Raises SettingsError without bucket, role or a model of Bedrock, ModelUnavailableError without any model.
    """
    tier_addresses = addresses(settings, tier)
    if not tier_addresses:
        raise ModelUnavailableError("No chat model is configured; set `model`, as to bedrock.", reason="no_model")
    bedrock_address = next((address for address in tier_addresses if address.provider == BEDROCK), None)
    if bedrock_address is None:
        raise SettingsError(
            f"There is no batch inference for the model {tier_addresses[0]}, only for models of Bedrock."
        )
    for setting, value, form, example in (
        ("model_batch_bucket", settings.model_batch_bucket, _PLACE, "s3://BUCKET/PREFIX"),
        ("model_batch_role", settings.model_batch_role, _ROLE, "arn:aws:iam::ACCOUNT:role/NAME"),
    ):
        if not form.fullmatch(value):
            wrong = f"{value!r} is none" if value else "it is not set"
            variable = f"SRE_AGENT_{setting.upper()}"
            raise SettingsError(f"Batch inference needs {setting} ({variable}), as {example}; {wrong}.")
    return bedrock_address
