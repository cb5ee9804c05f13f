"""What a model can do for an answer: look by every read-only tool, ask the rules, look into it, and propose to mend."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from mcp_servers.contract.bounds import bounded
from mcp_servers.contract.facts import Subject
from sre_agent.agents.inquiry_calls import CHARACTERS, result_for_model
from sre_agent.agents.roster import Specialist
from sre_agent.chat import grammar
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import ResponderActions
from sre_agent.chat.lookup_session import LookupSession
from sre_agent.chat.memory import ConversationMemory
from sre_agent.chat.model import own_tools
from sre_agent.chat.model.knowledge import Knowledge, KnownStatement
from sre_agent.chat.model.listener import Listener
from sre_agent.chat.model.loop import ToolResult
from sre_agent.chat.model.own_tools import AskInEnglish, Investigate, ProposeFix
from sre_agent.chat.names import Names
from sre_agent.chat.proposing import as_sentence
from sre_agent.chat.reply import ChatReply, unmarked
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.report import Report
from sre_agent.errors import BadInputError
from sre_agent.language.mentions import Mention
from sre_agent.prompting import fence
from sre_agent.toolbox.results import OfferedTool
from sre_agent.toolbox.toolbox import Toolbox

INVESTIGATIONS: Final = 2


class ModelToolset:
    """Of one question. Afterwards `found` is what was looked up, in the order of its numbers; `proposed` is the
    sentence that would have `subject` mended, once the model proposed it."""

    def __init__(
        self,
        roster: Mapping[str, Specialist],
        toolbox: Toolbox,
        knowledge: Knowledge,
        question: str,
        *,
        lookups: Callable[[], LookupSession],
        rules: Callable[[str, LookupSession], Awaitable[ChatReply]],
        responding: ResponderActions,
        listener: Listener | None,
    ) -> None:
        self._roster, self._toolbox, self._knowledge, self._question = roster, toolbox, knowledge, question
        self._new_desk, self._rules, self._responding, self._listener = lookups, rules, responding, listener
        self._lookups = lookups()
        self._one_by_one = asyncio.Lock()  # the rules remember what was asked last; there is one worker
        self.proposed = ""
        self.subject: Subject | None = None
        self._statements: list[KnownStatement] = []
        self.calls: dict[EvidenceId, Evidence] = {}
        self.reports: list[Report] = []

    @property
    def lookups(self) -> list[KnownStatement]:
        return sorted(self._statements, key=lambda known_statement: int(known_statement.number[1:]))

    @property
    def calls_made(self) -> int:
        """With those of the investigations."""
        return len(self.calls) + sum(report.cost.tool_calls for report in self.reports)

    @property
    def now(self) -> datetime:
        return self._lookups.now

    async def tool_schemas(self) -> list[OfferedTool]:
        """All tools, always in the same order, so that they can be cached."""
        schemas = own_tools.own_tool_schemas()
        for member in self._roster.values():
            for server, names in member.tools.items():
                schemas += [tool for tool in await self._toolbox.tool_schemas(server, names) if tool not in schemas]
        return schemas

    async def call(self, tool: str, arguments: dict[str, Any]) -> ToolResult:
        """Makes one call. Whatever is wrong with it is told to the model."""
        if self._listener is not None:
            self._listener.looks(tool, arguments)
        number, schema = self._knowledge.number(), own_tools.OWN.get(tool)
        if schema is None:
            return await self._look(number, tool, arguments)
        result = await self._own(number, schema, arguments)
        text, _ = bounded(result.text, CHARACTERS)
        return replace(result, text=fence(f"{result.number} {tool}".strip(), text))

    async def _own(self, number: str, schema: type[BaseModel], arguments: dict[str, Any]) -> ToolResult:
        try:
            request = schema.model_validate(arguments)
        except ValidationError as problem:
            lines = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in problem.errors()]
            return ToolResult("", "; ".join(lines), failed=True)
        if isinstance(request, AskInEnglish):
            return await self._ask_rules(number, request.question)
        if isinstance(request, Investigate):
            return await self._investigate(number, request.text)
        assert isinstance(request, ProposeFix)
        return await self._propose(request)

    async def _look(self, number: str, tool: str, arguments: dict[str, Any]) -> ToolResult:
        server = next(m.server_of(tool) for m in self._roster.values() if tool in m.tool_names)
        evidence = await self._lookups.call(server, tool, arguments, by_model=True)
        self.calls[evidence.id] = evidence
        self._statements.append(self._knowledge.call(number, evidence, self._question))
        return ToolResult(number, result_for_model(evidence, number), failed=evidence.answer is None)

    async def _ask_rules(self, number: str, question: str) -> ToolResult:
        if any(query.intent in ("fix", "order", "decide") for query in grammar.read(question, self._lookups.now)):
            return ToolResult("", "Only the user can order a change; propose_fix asks them.", failed=True)
        async with self._one_by_one:
            lookups = self._new_desk()
            reply = await self._rules(question, lookups)
        self.calls |= {item.id: item for item in lookups.ledger}
        self.reports += [reply.report] if reply.report is not None else []
        if not reply.evidence:
            return ToolResult("", reply.text, failed=True)
        cited_ids = {line.id for line in reply.evidence}
        words = [item for item in lookups.ledger if item.id in cited_ids]
        self._statements.append(self._knowledge.reply(number, reply, words, self._question))
        return ToolResult(number, unmarked(reply.text))

    async def _investigate(self, number: str, text: str) -> ToolResult:
        async with self._one_by_one:
            if len(self.reports) >= INVESTIGATIONS:
                return ToolResult("", f"At most {INVESTIGATIONS} investigations per answer.", failed=True)
            try:
                report = await self._responding.investigate(text, [])
            except BadInputError as problem:
                return ToolResult("", str(problem), failed=True)
            if report is None:
                return ToolResult("", "The investigation did not finish.", failed=True)
            self.reports.append(report)
        words = [
            evidence
            for line in report.evidence
            if (evidence := await self._toolbox.stored_evidence(line.id)) is not None
        ]
        self._statements.append(statement := self._knowledge.report(number, report, words))
        return ToolResult(statement.number, f"{report.verdict}\n{statement.text}")

    async def _propose(self, proposal: ProposeFix) -> ToolResult:
        """Only what exists can be proposed, in words that the rules understand as just that."""
        kind = w.KINDS.get(proposal.kind.lower(), proposal.kind)
        lookup = await Names(self._lookups, ConversationMemory()).subject(
            Mention(proposal.name, kind, proposal.namespace), proposal.namespace
        )
        if lookup.subject is None or (lookup.subject.kind, lookup.subject.name) != (kind, proposal.name):
            return ToolResult("", lookup.says or f"There is no {kind} {proposal.name}.", failed=True)
        self.proposed, self.subject = as_sentence(lookup.subject, self._lookups.now), lookup.subject
        if not self.proposed:
            return ToolResult(
                "", "This cannot be proposed: its name cannot be distinguished from ordinary words.", failed=True
            )
        return ToolResult("", "The user is asked after your answer. You will not see their reply.")
