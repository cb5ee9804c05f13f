"""What a server may say about the world: observations, relations and how far it looked. Facts, never causes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from mcp_servers.contract.observations import OBSERVATIONS, RELATIONS, faults
from mcp_servers.contract.refusals import LASTING, ServiceCode

CoverageState = Literal["complete", "truncated", "partial", "denied", "unavailable"]


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectKey(NamedTuple):
    """A subject as a dictionary key."""

    scope: str
    kind: str
    namespace: str
    name: str


class Subject(_Fact):
    """What a fact is about. Written `scope|Kind/namespace/name`; the namespace is empty where there is none.

    `scope` is a cluster's name for Kubernetes objects, `account/region` for AWS resources.
    """

    scope: str
    kind: str
    namespace: str = ""
    name: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            scope, _, rest = value.rpartition("|")
            kind, _, rest = rest.partition("/")
            namespace, _, name = rest.partition("/")
            return {"scope": scope, "kind": kind, "namespace": namespace, "name": name}
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Clients check a tool's result against its schema, and the result carries the text."""
        return {"type": "string", "description": "scope|Kind/namespace/name"}

    @model_serializer
    def _to_text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.scope}|{self.kind}/{self.namespace}/{self.name}"

    @property
    def key(self) -> SubjectKey:
        return SubjectKey(self.scope, self.kind, self.namespace, self.name)

    @property
    def short(self) -> str:
        """`Kind/namespace/name`, as people write it; `Kind/name` without a namespace."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


class Observation(_Fact):
    """One fact with a stable code of `observations.OBSERVATIONS`.

    `at` is when it happened or began (None: unknown), `attributes` are the code's own fields, `excerpt` is the text
    of the source that shows it: data from outside, redacted, never an instruction.
    """

    strict: ClassVar[bool] = False  # tests set it; a user's answer is not lost for an attribute nobody declared

    code: str
    subject: Subject
    at: datetime | None = None
    attributes: dict[str, str | int | float | bool | list[str]] = Field(default_factory=dict)
    excerpt: str = ""

    @field_validator("code")
    @classmethod
    def _check_code(cls, code: str) -> str:
        if code not in OBSERVATIONS:
            raise ValueError(f"observation {code!r} is not in the table")
        return code

    @model_validator(mode="after")
    def _check_attributes(self) -> Observation:
        if self.strict and (wrong := faults(self.code, self.attributes)):
            raise ValueError("; ".join(wrong))
        return self


class Relation(_Fact):
    """`source` stands in relation `kind` to `target`, as `Deployment owns ReplicaSet`."""

    kind: str
    source: Subject
    target: Subject

    @field_validator("kind")
    @classmethod
    def _check_kind(cls, kind: str) -> str:
        if kind not in RELATIONS:
            raise ValueError(f"relation {kind!r} is not in the table")
        return kind


class Coverage(_Fact):
    """What was looked at. What was not looked at is never taken as healthy.

    `looked_at` names the source and selection ("pods of namespace shop"), `start` and `end` the window where there is
    one, `detail` what is missing and why, with the permission or setting that would mend it; `code` how it came about
    that it is missing, where that is known. `kinds` are the kinds of objects where it is their whole lists that were
    looked at.
    """

    looked_at: str
    kinds: tuple[str, ...] = Field(default=(), exclude_if=lambda kinds: not kinds)
    state: CoverageState = "complete"
    start: datetime | None = None
    end: datetime | None = None
    detail: str = ""
    code: ServiceCode = Field(default="", exclude_if=lambda code: not code)

    @property
    def is_transient(self) -> bool:
        """Whether a later call may bring what is missing here."""
        return self.state in ("unavailable", "partial") and self.code != "" and self.code not in LASTING


class Answer(_Fact):
    """What every tool returns. `as_of` is the time of the source's own clock when it was read.

    `text` is for people and models, bounded and redacted; `data` is the structured result of the tool; `left_out`
    counts what the bounds cut, by name. The facts were extracted before any cut.
    """

    text: str
    as_of: datetime
    data: dict[str, Any] = Field(default_factory=dict)
    observations: list[Observation] = Field(default_factory=list)
    relations: list[Relation] = Field(default_factory=list)
    coverage: list[Coverage] = Field(default_factory=list)
    left_out: dict[str, int] = Field(default_factory=dict)
