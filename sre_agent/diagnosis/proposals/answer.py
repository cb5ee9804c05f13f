"""What a chat model is asked for: the form of its answer. Its words are for the model, so they say what is meant."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, model_validator

NUMBERS = "numbers of the evidence, as L3"


class _Said(BaseModel):
    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        """A model writes null where it means nothing."""
        return {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value


class ProposedCause(_Said):
    """A cause that the list of failure classes lacks."""

    name: str = Field(description="a short name for this kind of failure in snake_case, as queue_consumer_stuck")
    title: str = Field(description="the kind of failure in at most ten plain words")
    subject: str = Field(description="what the cause sits on, as Kind/namespace/name, exactly as the data names it")
    mechanism: str = Field(description="one or two sentences: how it leads to what is seen")
    evidence: list[str] = Field(description=f"one to eight {NUMBERS}, that show it", min_length=1)
    remedy: str = Field("", description="class/remedy of the list that would fix it; empty where none fits")


class HypothesisDoubt(_Said):
    """Why a hypothesis of the rules may be wrong."""

    failure_class: str = Field(description="its class")
    subject: str = Field(description="its subject, as Kind/namespace/name")
    why: str = Field(description="one sentence: what speaks against it")
    evidence: list[str] = Field(description=NUMBERS, min_length=1)


class ProposalReply(_Said):
    """The answer: a cause or none, doubts, and what could not be seen and would decide."""

    cause: ProposedCause | None = Field(None, description="leave it out where the evidence does not show one")
    doubts: list[HypothesisDoubt] = Field(default_factory=list, description="at most three")
    missing: list[str] = Field(default_factory=list, description="at most three short sentences")
