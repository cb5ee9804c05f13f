"""One question to a specialist, answered by a chat model that calls the specialist's read tools.

The loop is ours and not LangChain's `create_agent`, because every answer has to go through `Models.ask`, where budgets,
fallbacks and the ledger of costs are, and every call through the evidence ledger.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Final

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from sre_agent.agents.conclusion import Conclusion, GroundedConclusion, ground_conclusion
from sre_agent.agents.inquiry_calls import InquiryCalls, Ledger
from sre_agent.agents.roster import Specialist
from sre_agent.agents.specialist import CLAIMS, claims, gaps, tell_ended
from sre_agent.clock import Clock
from sre_agent.domain.base import IncidentId
from sre_agent.domain.finding import Finding
from sre_agent.domain.model_call import Tier
from sre_agent.errors import ModelUnavailableError
from sre_agent.model import Models
from sre_agent.progress import Progress
from sre_agent.prompting import AS_SHIPPED, Prompt, PromptVersion, fence, made_of, prompt
from sre_agent.toolbox.toolbox import Toolbox

QUESTION_HEADING: Final = "What you are to find out:"
LAST: Final = "This is your last answer: no tool is left. Conclude from what you have seen."
TROUBLE: Final = {  # what went astray, how often, and what was made of it
    "not there": "{agent} asked for tools that it has not, or with arguments that are not a JSON object: {n}.",
    "arguments": "{agent} gave tools arguments that they do not take, and these calls were not made: {n}.",
    "too many": "{agent} asked for more calls than it may make, and these were not made: {n}.",
    "repeated": "{agent} made calls again, and was told the known results: {n}.",
    "failed": "{agent} asked for calls that failed: {n}.",
    "no end": "{agent} came to no conclusion; what its calls show stands.",
    "dropped": "{agent} said what the evidence that it names does not show, and that was dropped: {n}.",
    "no answer": "No chat model answered {agent} to the end; what its calls show stands.",
}


@dataclass(frozen=True)
class Inquiry:
    """`briefing` is what is known so far. At most `turns` answers, those that fail included, and `calls` tool calls, of
    which `reserved` of the incident's stay for others."""

    text: str
    briefing: str
    turns: int
    calls: int
    tier: Tier
    reserved: int = 0

    @property
    def limits_text(self) -> str:
        """What the model is told of its bounds."""
        if self.turns == 1:
            return (
                f"You have one answer: ask for what would decide most, {self.calls} calls at most. Others will read it."
            )
        return f"You have {self.turns} answers, the last one without tools, and {self.calls} calls."


@dataclass(frozen=True)
class InquiryResult:
    """The finding as far as it came; `failed` where no model answered to the end."""

    finding: Finding
    failed: ModelUnavailableError | None = None


def instruction(specialist: Specialist, prompts: PromptVersion = AS_SHIPPED) -> Prompt:
    """What a specialist's model is told, the same for every incident."""
    own = prompts.text(f"agents/{specialist.name}.md") or specialist.prompt
    return made_of(specialist.name, f"{own}\n\n{prompt('parts/inquiry', prompts).text}", prompts)


async def inquire(
    specialist: Specialist,
    incident: IncidentId,
    round_: int,
    question: Inquiry,
    *,
    models: Models,
    toolbox: Toolbox,
    ledger: Ledger,
    clock: Clock,
    progress: Progress,
    prompts: PromptVersion = AS_SHIPPED,
) -> InquiryResult:
    """The finding of one specialist on one question."""
    progress.say("agent.started", incident, specialist.name, round=round_, calls=0, question=question.text)
    started = clock.now()
    looking = InquiryCalls(
        specialist, incident, round_, question.calls, toolbox=toolbox, ledger=ledger, reserve=question.reserved
    )
    conclusion, failed = Conclusion(), None
    try:
        conclusion = await _conversation(
            specialist, instruction(specialist, prompts), incident, question, looking, models, progress
        )
    except ModelUnavailableError as problem:
        looking.trouble["no answer"], failed = 1, problem
    result = ground_conclusion(conclusion, await ledger())
    looking.trouble["dropped"] = result.dropped
    seconds = (clock.now() - started).total_seconds()
    finding = _finding(specialist.name, round_, looking, result, seconds)
    tell_ended(finding, incident, looking.evidence, progress)
    return InquiryResult(finding, failed)


async def _conversation(
    specialist: Specialist,
    prompt: Prompt,
    incident: IncidentId,
    question: Inquiry,
    looking: InquiryCalls,
    models: Models,
    progress: Progress,
) -> Conclusion:
    """Looks and asks until the model concludes or its turns are over. Raises ModelUnavailableError.

    The last answer has no tools, unless it is the only one: then what it asks for is looked at for the others to read.
    """
    tools = await looking.tool_schemas()
    request_text = (
        f"{question.briefing}\n\n{QUESTION_HEADING}\n{fence('question', question.text)}\n\n{question.limits_text}"
    )
    messages: list[BaseMessage] = [SystemMessage(prompt.text), HumanMessage(request_text)]
    used = 0
    while used < question.turns:
        last = used + 1 >= question.turns or looking.repeats_itself
        if last and used:
            messages.append(HumanMessage(LAST))
        about = f"to answer for {specialist.name}"
        reply = await models.ask(
            question.tier,
            messages,
            tools=() if last and used else tools,
            schema=Conclusion,
            incident=incident,
            agent=specialist.name,
            prompt=prompt.label,
            most=question.turns - used,
            on_sent=partial(progress.say, "model.asked", incident, specialist.name, about=about, prompt=prompt.label),
        )
        used += reply.calls_made
        if isinstance(reply.parsed, Conclusion) and not reply.calls:
            looking.trouble["not there"] += len(reply.bad_calls)
            return reply.parsed
        messages += [reply.message, *await looking.answers(reply)]
        if last:
            break
    looking.trouble["no end"] = int(question.turns > 1)
    return Conclusion()


def _finding(agent: str, round_: int, looking: InquiryCalls, result: GroundedConclusion, seconds: float) -> Finding:
    """What the calls show first, in the words of their sources; then what the model claims, each once."""
    own_claims = claims(looking.evidence)[:CLAIMS]
    texts = {claim.text for claim in own_claims}
    return Finding(
        agent=agent,
        round=round_,
        claims=[*own_claims, *(claim for claim in result.claims if claim.text not in texts)],
        ruled_out=result.ruled_out,
        gaps=list(dict.fromkeys([*gaps(looking.evidence), *result.gaps])),
        trouble=_trouble(agent, looking.trouble),
        evidence=looking.evidence_ids,
        seconds=seconds,
    )


def _trouble(agent: str, counts: Counter[str]) -> list[str]:
    return [text.format(agent=agent, n=counts[kind]) for kind, text in TROUBLE.items() if counts[kind]]
