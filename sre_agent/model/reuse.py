"""The answer of a model to exactly the same request, given again for a while: asked twice, it is paid once.

The request is everything that the answer follows from: the model, the prompt with its version, every message and tool,
the schema, and the settings that shape an answer. What was looked up stands in the messages, so that a changed world
is another request. Kept in this process alone; a script is no model, and plays each of its turns.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from langchain_core.messages import message_to_dict

from sre_agent.clock import Clock
from sre_agent.domain.model_call import ModelCall
from sre_agent.model.address import SCRIPTED, ModelAddress
from sre_agent.model.attempt import AttemptRequest
from sre_agent.model.reply import ModelReply
from sre_agent.model.usage import Usage
from sre_agent.settings import ModelAccess

MOST: Final = 500  # answers at once; the oldest goes first


class AnswerReuse:
    """`hits` and `misses` count since the process began."""

    def __init__(self, settings: ModelAccess, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._answers: OrderedDict[str, tuple[datetime, ModelReply]] = OrderedDict()
        self.hits = self.misses = 0

    def find(self, request: AttemptRequest, addresses: Sequence[ModelAddress]) -> ModelReply | None:
        """What one of these models answered to this, as a reply that took nothing."""
        if not self._settings.model_reuse_seconds:
            return None
        for address in (one for one in addresses if one.provider != SCRIPTED):
            until, reply = self._answers.get(self._key(request, str(address)), (None, None))
            if reply is not None and until is not None and self._clock.now() < until:
                self.hits += 1
                return replace(reply, usage=Usage(), dollars=0.0, seconds=0.0, calls_made=0)
        self.misses += 1
        return None

    def keep(self, request: AttemptRequest, reply: ModelReply) -> None:
        if not self._settings.model_reuse_seconds or reply.model.startswith(f"{SCRIPTED}:"):
            return
        until = self._clock.now() + timedelta(seconds=self._settings.model_reuse_seconds)
        self._answers[self._key(request, reply.model)] = (until, reply)
        if len(self._answers) > MOST:
            self._answers.popitem(last=False)

    def row(self, request: AttemptRequest, reply: ModelReply) -> ModelCall:
        """The call that was not made, for the ledger."""
        return ModelCall(
            id=uuid.uuid4().hex,
            incident=request.incident,
            agent=request.agent,
            user=request.user,
            prompt=request.prompt,
            model=reply.model,
            tier=request.tier,
            at=self._clock.now(),
            seconds=0.0,
            outcome="answered",
            reused=True,
        )

    def _key(self, request: AttemptRequest, model: str) -> str:
        settings = self._settings
        whole = [
            [model, request.tier, request.prompt, settings.model_endpoint_url, settings.model_aws_profile],
            [settings.aws_endpoint_url, settings.aws_region, settings.aws_profile],
            [settings.model_answer_tokens, settings.model_guardrail],
            [message_to_dict(message) for message in request.messages],
            request.tool_schemas,
            request.schema.__qualname__ if request.schema is not None else "",
        ]
        return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()
