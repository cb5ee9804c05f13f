"""A conversation of the verb `chat` with a service that does the work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sre_agent.cli.drive import choose, command
from sre_agent.cli.view import Approval, IncidentView
from sre_agent.connections.answers import read
from sre_agent.connections.events import ServerEvent
from sre_agent.connections.remote import RemoteConnection
from sre_agent.domain.incident import Incident
from sre_agent.errors import TemporaryError
from sre_agent.progress import Event

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply
    from sre_agent.chat.model import Listener


class RemoteTalk:
    """One session of a service. Who is at the terminal answers approval questions while an answer comes."""

    def __init__(
        self,
        connection: RemoteConnection,
        session: str,
        view: IncidentView,
        approval: Approval,
        listener: Listener | None,
    ) -> None:
        self.connection, self._view, self._approval, self._listener = connection, view, approval, listener
        self.session, self.turns = session, 0
        self._decides = approval != "ask" or sys.stdin.isatty()
        self._following = False
        self._approved = ""  # the action that was approved here
        self.pending: Incident | None = None
        connection.listen(view.on_event)

    async def ask(self, text: str) -> ChatReply:
        self.pending = None
        incident_id = ""  # the incident of this turn
        body, path = {"text": text, "decides": self._decides}, f"/sessions/{self.session}/messages"
        try:
            async with self.connection.stream("POST", path, body) as events:
                async for one in events:
                    if one.event == "progress":
                        incident_id = await self._on_event(one) or incident_id
                        if self.pending is not None:
                            return self._waiting(text, self.pending)
                    elif one.event == "reply":
                        return await self._reply(one, incident_id)
                    elif one.event == "problem":
                        raise TemporaryError(str(one.json()["detail"]))
                    else:
                        self._follow(one)
        finally:
            self._follow(None)
        raise TemporaryError(f"{self.connection.place} broke off before it had answered. Ask again.")

    async def _on_event(self, one: ServerEvent) -> str:
        """The incident in which it happened; a question that it asks is answered here."""
        self._follow(None)
        event = read(Event, one.json())
        self.connection.on_event(event, one.id)
        if event.kind == "approval.asked" and self._decides:
            incident = await self.connection.incident(event.incident)
            own = incident.sign_offs and incident.question_digest == self._approved  # it takes another person now
            asks = bool(incident.question) and not own
            answer = await choose(self.connection, self._view, self._approval, incident) if asks else None
            if answer is not None:
                self._approved = incident.question_digest if answer.choice == "approve" else ""
                await self.connection.decide(incident.id, answer)
            elif incident.question:
                self.pending = incident
        return event.incident

    async def _reply(self, one: ServerEvent, incident_id: str) -> ChatReply:
        from sre_agent.chat import ChatReply  # noqa: PLC0415 - `--help` does not need it

        self.turns += 1
        reply = read(ChatReply, one.json()["reply"])
        if reply.outcome == "waiting" and incident_id:
            self.pending = await self.connection.incident(incident_id)
        return reply

    def _waiting(self, text: str, incident: Incident) -> ChatReply:
        from sre_agent.chat import ChatReply  # noqa: PLC0415

        hint = f"Incident {incident.id} is waiting for approval. Answer with: {command(incident, self.connection)}"
        return ChatReply(question=text, intent="fix", outcome="waiting", text=hint)

    def _follow(self, one: ServerEvent | None) -> None:
        """Shows on a terminal how a chat model comes to its answer; None: it has ended."""
        if self._listener is None or (one is None and not self._following):
            return
        if one is None:
            self._following = False
            self._listener.answer_complete()
            return
        if not self._following:
            self._following = True
            self._listener.question_sent()
        if one.event == "call":
            self._listener.looks(one.json()["tool"], one.json()["arguments"])
        elif one.event == "text":
            self._listener.on_text(one.json()["part"])
