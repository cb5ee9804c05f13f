"""For checks of the installation's own AWS account: what they say where there is none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final

from sre_agent.ops.check import OpsFinding
from sre_agent.ops.installation import InstallationView

WHY: Final = "No installation on AWS is named."
REMEDY: Final = "Where there is one, set `installation` to Terraform's `name`."


def on_aws(
    look: Callable[[InstallationView], Awaitable[OpsFinding]],
) -> Callable[[InstallationView], Awaitable[OpsFinding]]:
    """The look, where the settings name an installation."""

    @wraps(look)
    async def where_there_is_one(installation: InstallationView) -> OpsFinding:
        return await look(installation) if installation.name else OpsFinding.not_set_up(WHY, REMEDY)

    return where_there_is_one
