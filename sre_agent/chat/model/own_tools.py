"""What a model is offered beside the servers' tools: the rules, an investigation, and a proposal to mend."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, Field

from sre_agent.toolbox.results import OfferedTool

SENTENCE: Final = 300  # characters of a question or a trouble


class AskInEnglish(BaseModel):
    """Ask the rules in plain English, one question: "how many pods are not ready in shop", "what changed in shop in the
    last hour", "errors in the logs of cart since 14:00". They count exactly, settle names and offer near ones, and
    need no other call. Take this first for counts, lists, states, logs, changes, alarms, metrics and rights."""

    question: str = Field(
        min_length=1, max_length=SENTENCE, description="a question in English that names what it is about"
    )


class Investigate(BaseModel):
    """Look into a trouble as into an incident, over all sources, and get its cause with what shows it. It takes some
    seconds and changes nothing. Take it for "why"."""

    text: str = Field(
        min_length=1, max_length=SENTENCE, description='for example "checkout in namespace shop is not ready"'
    )


class ProposeFix(BaseModel):
    """Have the person asked whether an incident is to be opened, so that this object is mended. Only where the person
    wants something mended. It changes nothing, whatever the answer is."""

    kind: str = Field(description="for example Deployment")
    namespace: str = Field(description="empty for cluster-scoped kinds")
    name: str


OWN: Final[dict[str, type[BaseModel]]] = {
    "ask_in_english": AskInEnglish,
    "investigate": Investigate,
    "propose_fix": ProposeFix,
}


def own_tool_schemas() -> list[OfferedTool]:
    """In the form of the servers' tools."""
    return [_tool_schema(name, schema) for name, schema in OWN.items()]


def _tool_schema(name: str, schema: type[BaseModel]) -> OfferedTool:
    parameters = schema.model_json_schema()
    description = " ".join(parameters.pop("description").split())
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}
