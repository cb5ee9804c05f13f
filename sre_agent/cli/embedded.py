"""The embedded lab as the responder meets it: whether it is installed, and the settings that lead to it.

Its packages are the extra `lab`, which a real cluster does not need.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sre_agent.errors import PermanentError
from sre_agent.settings import Settings, load

if TYPE_CHECKING:
    from sre_lab.process import LabProcess

EXTRA: Final = ("moto", "flask", "werkzeug", "a2wsgi", "cbor2")  # what the lab imports and nothing else does


def require_lab() -> None:
    """Called before a lab is started. Raises PermanentError with the command that installs what is missing."""
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise PermanentError(
            f"The embedded lab is not installed ({', '.join(missing)} missing). Run: pip install 'sre-agent[lab]'"
        )


def lab_settings(lab: LabProcess, state_dir: Path, **overrides: Any) -> Settings:
    """The embedded profile on the endpoints of a running lab."""
    ends = lab.endpoints
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "lab")  # the lab takes any credentials, but the SDK wants to have some
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "lab")
    return load(
        "embedded",
        state_dir=state_dir,
        kubeconfig=str(ends.kubeconfig),
        aws_endpoint_url=ends.aws,
        aws_region=ends.region,
        prometheus_url=ends.prometheus,
        xray_address=ends.xray,
        **overrides,
    )
