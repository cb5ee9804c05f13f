"""Whether the embedded lab is installed: its packages are the extra `lab`, which a real cluster does not need."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from sre_agent.errors import PermanentError

EXTRA: Final = ("moto", "flask", "werkzeug", "a2wsgi")  # what the lab imports and nothing else does


def require_lab() -> None:
    """Called before a lab is started. Raises PermanentError with the command that installs what is missing."""
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise PermanentError(
            f"The embedded lab is not installed ({', '.join(missing)} missing). Run: pip install 'sre-agent[lab]'"
        )
