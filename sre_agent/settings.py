"""One frozen set of settings. Each says its meaning, unit, default and why that default.

Order of precedence: what the command line gives, `SRE_AGENT_<FIELD>` in the environment, the profile, the default.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mcp_servers.contract import private_files
from sre_agent import state_folder
from sre_agent.errors import NothingKeptError, SettingsError, WrongOptionError, did_you_mean

SAVED = "settings.json"  # as older versions kept them, for all incidents of a folder at once
LAST = "last-run.json"
NOTHING: Final = "There are no incidents in {folder}. Name another folder with --state-dir, or the profile that does."
PREFIX: Final = "SRE_AGENT_"
ALIKE: Final = 0.85  # how near to a setting a variable is that was meant for it, though it has another prefix
_OF_A_SERVICE: Final = re.compile(r"_(?:SERVICE_(?:HOST|PORT\w*)|PORT(?:_\d\w*)?)$")  # set in pods beside a Service
LISTS = (  # separated by commas
    *("allow_namespaces", "allow_documents", "failure_folders", "runbook_folders"),
    *("model_small", "model_large", "model_regions"),
)


class ForeignServer(BaseModel):
    """An MCP server that is not ours, in the place of one of ours; it only ever reads.

    Either a `command` that starts it over stdio or a `url` of its streamable HTTP endpoint.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reader: str = Field(description="who reads its results: the name of a module in sre_agent/toolbox/readers")
    scope: str = Field(description="what it looks at: the cluster's name, or account/region")
    command: tuple[str, ...] = Field((), description="command line that starts it; empty: it is reached by url")
    url: str = Field("", description="where it listens; empty: it is started by command")
    environment: dict[str, str] = Field(
        default_factory=dict, description="variables of its own, beside region, credentials and kubeconfig"
    )

    @model_validator(mode="after")
    def _reachable(self) -> ForeignServer:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either a command or a url")
        return self


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str = Field("", description="name of the profile these settings came from; empty: none")
    state_dir: Path = Field(
        Path(".sre-agent"),
        description="folder for incidents, checkpoints, reports and the permit key; below the working directory, so"
        " that each checkout or deployment keeps its own; only its user may be able to write it, its files and the"
        " folders above it (0700 and 0600), because what it holds names commands to start",
    )
    state_dir_trusted: bool = Field(
        False,
        description="use the state folder without looking who else may write it; for a volume of a container that"
        " belongs to root or to a group (emptyDir, fsGroup) and that no other workload mounts; off, because whoever can"
        " write the folder can have commands run",
    )

    kubeconfig: str = Field("", description="path of a kubeconfig; empty: KUBECONFIG, ~/.kube/config or in-cluster")
    kube_context: str = Field("", description="context in it; empty: the current one")
    eks: str = Field("", description="EKS cluster NAME=REGION/CLUSTER[,role=ARN] in place of a kubeconfig; empty: none")
    cluster: str = Field("", description="name of the cluster in subjects and permits; empty: the context's cluster")
    aws_endpoint_url: str = Field("", description="one endpoint for all AWS services; empty: the real ones")
    aws_region: str = Field("", description="region; empty: the SDK's usual places")
    aws_profile: str = Field("", description="credentials profile; empty: the SDK's usual chain")
    prometheus_url: str = Field("", description="base URL of Prometheus; empty: no Prometheus, said as a gap")
    runbook_folders: tuple[Path, ...] = Field(
        (), description="folders or Git checkouts with Markdown runbooks; none: Systems Manager's documents alone"
    )
    foreign_servers: dict[str, ForeignServer] = Field(
        default_factory=dict,
        description="servers of others by the name of ours that they stand in for, as cloudwatch; none: all are ours",
    )
    left_out: dict[str, str] = Field(
        default_factory=dict,
        description="servers that are not started, with why; none: what is there decides when a run begins",
    )
    xray_address: str = Field("127.0.0.1:2000", description="host:port of the X-Ray daemon (UDP); its own default")

    store: str = Field("sqlite", description="where incidents and evidence are kept")
    queue: str = Field("sqlite", description="where messages wait")
    checkpoint: str = Field("sqlite", description="where the graph's steps are kept")
    notify: str = Field("console", description="who hears of approvals and outcomes")
    trace: str = Field("xray", description="where spans go: xray, memory or none")

    policies: str = Field("default", description="shipped policy set by name, or a folder of .cedar files")
    failure_folders: tuple[Path, ...] = Field((), description="folders with own failure classes")
    entity_map: Path | None = Field(None, description="YAML file: how alarm names and dimensions map to workloads")

    writes: bool = Field(False, description="open write sessions at all; off, so that nothing can act by accident")
    allow_namespaces: tuple[str, ...] = Field((), description="namespace patterns that may be written; none")
    allow_documents: tuple[str, ...] = Field((), description="SSM document patterns that may be started; none")

    write_kubeconfig: str = Field("", description="kubeconfig of the writing identity; empty: the reading one's")
    write_kube_context: str = Field("", description="context of the writing identity; empty: the reading one's")
    write_eks: str = Field("", description="EKS cluster with the role that writes; empty: the reading one's")
    write_aws_profile: str = Field(
        "", description="credentials profile of the writing identity; empty: the reading one's"
    )

    tool_calls: int = Field(40, ge=1, description="calls per incident before it escalates; a typical one needs 12")
    rounds: int = Field(
        4, ge=1, description="how often specialists are asked; each round answers the last one's doubts"
    )
    call_seconds: float = Field(30.0, gt=0, description="longest wait for one tool call")
    connect_seconds: float = Field(
        60.0, gt=0, description="longest wait for a server to start; two seconds where nothing else is at work"
    )
    look_back_seconds: float = Field(3600.0, gt=0, description="how far before the signal specialists look")
    approval_seconds: float = Field(1800.0, gt=0, description="how long an approval question stays open")
    permit_seconds: float = Field(300.0, gt=0, description="how long a permit is valid; a write follows within seconds")
    lease_seconds: float = Field(60.0, gt=0, description="how long a silent worker keeps an incident")
    operator: str = Field("", description="name recorded for decisions given here; empty: the login name")

    model: str = Field(
        "none",
        description="chat model: none, bedrock, another of LangChain's as provider:model, or scripted:FILE; none,"
        " because everything works without one",
    )
    model_small: tuple[str, ...] = Field(
        (), description="models for routing and words, the next one when one fails, as MODEL or MODEL@REGION; the usual"
    )
    model_large: tuple[str, ...] = Field((), description="models for investigation, in the same form; the usual")
    model_regions: tuple[str, ...] = Field(
        (), description="regions for Bedrock models that name none, the next one when one fails; none: aws_region"
    )
    model_endpoint_url: str = Field("", description="endpoint of Bedrock alone, or aws for the real one; empty: all's")
    model_aws_profile: str = Field("", description="credentials profile for Bedrock; empty: aws_profile")
    language: str = Field(
        "",
        pattern="^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$",
        description="language of a model's account in reports, as a BCP 47 tag like de or pt-BR; empty: that of the"
        " person who asked, else English",
    )
    model_answer_tokens: int = Field(4096, ge=1, description="longest answer; findings and reports need about 1,000")
    model_call_seconds: float = Field(60.0, gt=0, description="longest silence of a model; long answers take 40 s")
    model_deadline_seconds: float = Field(120.0, gt=0, description="longest wait for an answer, all attempts together")
    model_requests_per_minute: int = Field(50, ge=1, description="per model and region; a new account's usual quota")
    model_tokens_per_minute: int = Field(200_000, ge=1, description="per model and region; a new account's usual quota")
    model_incident_dollars: float = Field(
        1.0, ge=0, description="budget of an incident; at 80 % a warning, then without the model; typical: 0.10"
    )
    model_day_dollars: float = Field(20.0, ge=0, description="budget of a day (UTC), for all incidents together")
    model_prices: Path | None = Field(None, description="YAML file with your prices; empty: the shipped list prices")
    model_cache: str = Field("5m", pattern="^(off|5m|1h)$", description="how long Bedrock keeps prompts: off, 5m or 1h")
    model_guardrail: str = Field("", description="Bedrock guardrail as ID:VERSION; empty: none")
    model_batch_bucket: str = Field(
        "",
        description="where batch jobs of Bedrock keep requests and answers, as s3://BUCKET/PREFIX, in the model's"
        " region; empty: no batch inference",
    )
    model_batch_role: str = Field("", description="ARN of the role with which Bedrock reads and writes that bucket")
    model_batch_minimum: int = Field(
        100, ge=1, description="fewest requests of a batch job, Bedrock's own quota; fewer are asked in real time"
    )
    model_content: bool = Field(
        False, description="write messages to the log; off, because they carry what logs of your systems carry"
    )

    @field_validator("foreign_servers", "left_out", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """In an environment variable they are JSON."""
        return json.loads(value) if isinstance(value, str) else value


def load(profile: str = "", *, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings of a profile with overrides; values of None are not given. Raises SettingsError."""
    values: dict[str, Any] = {}
    if profile:
        values = _profile(profile)
        values["profile"] = profile
    environment = os.environ if environment is None else environment
    for name in Settings.model_fields:
        raw = environment.get(f"{PREFIX}{name.upper()}")
        if raw is not None:
            values[name] = raw.split(",") if name in LISTS else raw
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        return Settings.model_validate(values)
    except ValidationError as problem:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
        wrong = {str(e["loc"][0]) for e in problem.errors() if e["loc"]}
        by_option = wrong & {name for name, value in given.items() if value is not None}
        kind = WrongOptionError if by_option else SettingsError
        raise kind("These settings cannot be used: " + "; ".join(lines)) from problem


def misspelt(environment: Mapping[str, str] | None = None) -> list[str]:
    """A sentence for each variable that looks like a setting of ours and is none, with the one that it may be."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    told = []
    for name in sorted(os.environ if environment is None else environment):
        upper = name.upper()
        if name in known or not upper.startswith("SRE") or _OF_A_SERVICE.search(upper):
            continue
        near = get_close_matches(upper, known, n=1, cutoff=ALIKE)
        if near or upper.startswith(PREFIX):
            told.append(f"{name} is not a setting; {near[0]} is." if near else f"{name} is not a setting.")
    return told


def save(settings: Settings) -> None:
    """Keep the settings of the last run; an incident has its own beside it. Raises StateFolderError."""
    state_folder.secure(settings.state_dir, trusted=settings.state_dir_trusted)
    without_commands = settings.model_copy(update={"foreign_servers": {}})
    private_files.write(settings.state_dir / LAST, without_commands.model_dump_json(indent=2))


def at_hand(state_dir: Path | None = None, profile: str = "") -> Settings:
    """The settings of this process, for who reads a state folder: they say where it is. Raises NothingKeptError
    where nothing ran yet."""
    present = load(profile, state_dir=state_dir)
    if not any((present.state_dir / name).exists() for name in (LAST, SAVED, "incidents.sqlite")):
        raise NothingKeptError(NOTHING.format(folder=present.state_dir))
    return present


def saved(state_dir: Path | None = None, profile: str = "") -> Settings:
    """The settings of the last run in the state folder, which is found as that run found it: given, in the environment,
    in the profile, or the default. Raises SettingsError where nothing ran yet."""
    present = load(profile, state_dir=state_dir)
    found = in_file(present, LAST) or in_file(present, SAVED)
    if found is None:
        raise NothingKeptError(NOTHING.format(folder=present.state_dir))
    return found


def in_file(present: Settings, name: str) -> Settings | None:
    """The settings in a file of the state folder, None where it is not there. Raises StateFolderError."""
    path = present.state_dir / name
    if not present.state_dir.exists():
        return None
    state_folder.secure(present.state_dir, trusted=present.state_dir_trusted)
    if not path.is_file():
        return None
    own = {"state_dir": present.state_dir, "state_dir_trusted": present.state_dir_trusted}
    try:
        return Settings.model_validate_json(path.read_text(encoding="utf-8")).model_copy(update=own)
    except ValidationError as problem:
        raise SettingsError(f"The settings in {path} are not readable by this version: {problem}") from problem


def _profile(name: str) -> dict[str, Any]:
    folder = resources.files("sre_agent") / "profiles"
    shipped = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    if name in shipped:
        text = (folder / f"{name}.toml").read_text(encoding="utf-8")
    elif Path(name).is_file():
        text = Path(name).read_text(encoding="utf-8", errors="replace")
    else:
        near = did_you_mean(name, shipped)
        raise WrongOptionError(
            f"There is no profile {name!r}.{near} Shipped: {', '.join(shipped)}; or give a TOML file."
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"Profile {name!r} is not TOML: {problem}") from problem
