"""What can be told before an incident is opened: whether settings, files and credentials are there at all.

Everything here is local. No cluster, no account and no model is asked (that is `sre-agent doctor`), no credential
plugin of a kubeconfig is started; the one look beyond files is whether this machine has an instance metadata service.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sre_agent.cluster_choice import choose, settings_of
from sre_agent.errors import SettingsError
from sre_agent.preflight import aws, files, kubeconfig, models
from sre_agent.preflight.options import VerbOptions
from sre_agent.settings import Settings

Need = Literal["kubernetes", "aws"]
AWS_SERVERS: Final = ("cloudwatch", "ssm")

__all__ = ["Need", "PreflightResult", "VerbOptions", "check"]


@dataclass(frozen=True)
class PreflightResult:
    """`settings` without the servers that have nothing to look at here; `notes` says which and why, a line each."""

    settings: Settings
    notes: tuple[str, ...] = ()


def check(
    settings: Settings,
    options: VerbOptions,
    *,
    needs: Collection[Need] = (),
    reads: Collection[Need] = ("kubernetes", "aws"),
    in_lab: bool = False,
) -> PreflightResult:
    """Whether a run with these settings can begin.

    `needs` cannot be done without. Of what else it `reads`, only what nobody asked for may be missing: it is left out,
    said, and a gap of the report. `in_lab`: cluster and account are the lab's. Raises SettingsError with everything
    that is wrong, a line each.
    """
    wrong = [*files.problems(settings, options), *models.problems(settings.model_access, options, in_lab=in_lab)]
    where = choose(settings)
    settings_here = settings_of(settings, where)
    cluster = settings_here.kubernetes
    foreign = settings.servers.foreign_servers.keys() | settings_here.servers.remote_servers.keys()
    readable = set(reads)
    if in_lab:
        reads = ()
    elif settings.cluster_table.clusters and not where.name:
        reads = _of_every_cluster(settings, reads)
    own_aws = [server for server in AWS_SERVERS if server not in foreign]
    needs = [need for need in needs if need != "aws" or "cloudwatch" in own_aws]
    absent: dict[Need, str] = {}
    looks: dict[Need, tuple[bool, list[str]]] = {}
    if "kubernetes" in reads and "kubernetes" not in foreign and not cluster.eks:
        looks["kubernetes"] = (kubeconfig.is_asked_for(cluster), kubeconfig.problems(cluster, options))
    if "aws" in reads and own_aws:
        looks["aws"] = (aws.is_asked_for(settings_here.aws, cluster.eks), aws.problems(settings_here.aws, options))
    for need, (asked_for, problems) in looks.items():
        if problems and (asked_for or need in needs):
            wrong += problems
        elif problems:
            absent[need] = problems[0]
    if absent and not wrong and set(absent) == readable and not settings.prometheus.prometheus_url:
        wrong = [*absent.values()]
    if wrong:
        raise SettingsError("\n".join(dict.fromkeys(wrong)))
    left_out = {name: why for name, why in _servers(absent).items() if name not in foreign}
    return PreflightResult(
        settings.model_copy(update={"left_out": left_out}), tuple(_note(*one) for one in absent.items())
    )


def _of_every_cluster(settings: Settings, reads: Collection[Need]) -> list[Need]:
    """What is the same whichever cluster is meant, which shows with each incident: never the cluster itself, and the
    AWS credentials only where no cluster has its own."""
    own_credentials = any(entry.aws_profile for entry in settings.cluster_table.clusters.values())
    return [one for one in reads if one != "kubernetes" and not (one == "aws" and own_credentials)]


def _servers(absent: Mapping[Need, str]) -> dict[str, str]:
    """The servers that are not started, with the reason that a report tells as a gap."""
    servers: dict[str, str] = {}
    for need, why in absent.items():
        for server in AWS_SERVERS if need == "aws" else ("kubernetes",):
            servers[server] = f"{NAMES[server]} was not read: {why}"
    return servers


NAMES: Final = {"cloudwatch": "CloudWatch", "ssm": "Systems Manager", "kubernetes": "Kubernetes"}


def _note(need: Need, why: str) -> str:
    missing = "CloudWatch and Systems Manager are" if need == "aws" else "Kubernetes is"
    return f"{missing} left out: {why}"
