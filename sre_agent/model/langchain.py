"""Every other provider that LangChain knows, by `provider:model`; its package is installed by who wants it."""

from __future__ import annotations

import re
from typing import Any

from sre_agent.errors import SettingsError
from sre_agent.model.address import ModelAddress
from sre_agent.model.client import ModelClient
from sre_agent.settings import ModelAccess


def open_model(address: ModelAddress, settings: ModelAccess) -> ModelClient:
    """The key of the settings says who asks, or the provider's own variable (as OPENAI_API_KEY). Raises
    SettingsError."""
    from langchain.chat_models import init_chat_model  # noqa: PLC0415 - loads a second; only this provider needs it

    key = settings.model_keys.get(address.provider, "")
    own: dict[str, Any] = {"api_key": key} if key else {}
    try:
        chat = init_chat_model(
            address.name,
            model_provider=address.provider,
            max_tokens=settings.model_answer_tokens,
            timeout=settings.model_call_seconds,
            max_retries=0,
            **own,
        )
    except ImportError as problem:
        package = re.search(r"pip install (?:-U )?([\w.-]+)", str(problem))
        name = package[1] if package else f"langchain-{address.provider}"
        raise SettingsError(
            f"The model {address} needs the package {name}, which is not installed. Install it with: pip install {name}"
        ) from problem
    except Exception as problem:  # each provider has errors of its own, as for a key that is not set
        raise SettingsError(f"The model {address} cannot be opened: {problem}") from problem
    return ModelClient(chat=chat, key=key)
