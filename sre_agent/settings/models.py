"""Which chat models help, how long they are waited for and what they may cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from sre_agent.settings.area import Area
from sre_agent.settings.aws import AwsSettings
from sre_agent.settings.aws_state import StateAccess


class ModelSettings(Area):
    model: str = Field(
        "none",
        description="chat model: none, bedrock, another LangChain provider as provider:model, or scripted:FILE; none,"
        " because everything works without one",
    )
    model_small: tuple[str, ...] = Field(
        (), description="models for routing and wording, in order of preference, as MODEL or MODEL@REGION; the usual"
    )
    model_large: tuple[str, ...] = Field((), description="models for investigation, in the same form; the usual")
    model_regions: tuple[str, ...] = Field(
        (), description="regions for Bedrock models that name none, in order of preference; none: aws_region"
    )
    model_keys: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="keys of providers other than Bedrock by their names (openai, anthropic …), best as secret:NAME,"
        " secret:NAME#FIELD or parameter:NAME, as a JSON object; read again where one is refused; never stored; none:"
        " the provider's own variables, as OPENAI_API_KEY",
    )
    model_endpoint_url: str = Field(
        "", description="endpoint for Bedrock alone, or aws for the real one; empty: aws_endpoint_url"
    )
    model_aws_profile: str = Field("", description="credentials profile for Bedrock; empty: aws_profile")
    model_answer_tokens: int = Field(
        4096, ge=1, description="maximum answer length; findings and reports need about 1,000"
    )
    model_call_seconds: float = Field(
        60.0, gt=0, description="longest pause while a model answers; long answers take 40 s"
    )
    model_deadline_seconds: float = Field(120.0, gt=0, description="longest wait for an answer, over all attempts")
    model_requests_per_minute: int = Field(50, ge=1, description="per model and region; a new account's usual quota")
    model_tokens_per_minute: int = Field(200_000, ge=1, description="per model and region; a new account's usual quota")
    model_incident_dollars: float = Field(
        1.0, ge=0, description="budget per incident; a warning at 80 %, and beyond it no model; typical: 0.10"
    )
    model_day_dollars: float = Field(20.0, ge=0, description="budget per day (UTC), for all incidents together")
    model_month_dollars: float = Field(
        400.0, ge=0, description="budget per month (UTC), for all incidents together; 20 full days"
    )
    model_weights: dict[str, float] = Field(
        default_factory=dict,
        description="how often each provider or model is asked first, such as bedrock 3 and openai 1; an incident stays"
        " with its provider; none: always in order of preference",
    )
    model_prices: Path | None = Field(None, description="YAML file with your prices; empty: the shipped list prices")
    model_cache: str = Field("5m", pattern="^(off|5m|1h)$", description="how long Bedrock keeps prompts: off, 5m or 1h")
    model_reuse_seconds: float = Field(
        300.0,
        ge=0,
        description="how long an answer is given again to exactly the same request; 0: each is asked; 5 minutes cover"
        " an alarm that comes from several sources",
    )
    model_guardrail: str = Field("", description="Bedrock guardrail as ID:VERSION; empty: none")
    model_batch_bucket: str = Field(
        "",
        description="where Bedrock batch jobs keep requests and answers, as s3://BUCKET/PREFIX, in the model's"
        " region; empty: no batch inference",
    )
    model_batch_role: str = Field("", description="ARN of the role with which Bedrock reads and writes that bucket")
    model_batch_minimum: int = Field(
        100,
        ge=1,
        description="minimum number of requests in a batch job, Bedrock's own quota; fewer are sent in real time",
    )
    model_content: bool = Field(
        False, description="write messages to the log; off, because they contain whatever your systems' logs contain"
    )

    @field_validator("model_weights", "model_keys", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """In an environment variable they are JSON."""
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("model_weights")
    @classmethod
    def _no_negative_weight(cls, value: dict[str, float]) -> dict[str, float]:
        if any(weight < 0 for weight in value.values()):
            raise ValueError("a weight is 0 (only where the others fail) or more")
        return value


class ModelAccess(ModelSettings, AwsSettings, StateAccess):
    """What opens and asks a model: its own area, AWS's, on which Bedrock falls back, and where secrets are."""
