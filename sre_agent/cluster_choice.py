"""Which cluster and account a signal is about, where one responder serves several, and the settings that lead there.

Nothing is guessed: where a signal fits no entry of the table, or more than one, its incident is opened with what is
known and without the servers that would have to know more, so that a person is told instead of an alarm being dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sre_agent.domain.signal import Signal
from sre_agent.errors import SettingsError
from sre_agent.settings import ClusterEntry, Settings

IN_CLUSTER: Final = ("kubernetes", "prometheus")  # the servers that see one cluster
IN_ACCOUNT: Final = ("cloudwatch", "ssm")
NAMED: Final = "in the settings `clusters`"


@dataclass(frozen=True)
class ClusterChoice:
    """`name` of the entry, or empty, with `why`. `near` are the entries that it may be, `account` is the signal's."""

    name: str = ""
    account: str = ""
    why: str = ""
    near: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """What tells things of one name apart; empty in a responder that serves one cluster."""
        return self.name or self.account


def choose(settings: Settings, signal: Signal | None = None) -> ClusterChoice:
    """For a signal; for None that of who asks without saying which. All empty where there is no table."""
    table = settings.cluster_table.clusters
    if not table:
        return ClusterChoice()
    default = settings.kubernetes.cluster
    account, region = signal.account_and_region if signal is not None else ("", "")
    if signal is not None and (word := signal.cluster):
        near = [name for name, entry in table.items() if entry.is_called(name, word)]
        unknown = f"the cluster {word!r}"
    elif signal is not None and (words := list(_mentions(signal, table))):
        near, unknown = words, ""
    elif account:
        near, unknown = _of_account(table, account, region), f"the account {account} ({region or 'no region'})"
    else:
        near, unknown = list(table), ""
    if len(near) > 1 and account:
        near = [name for name in near if name in _of_account(table, account, region)] or near
    if len(near) > 1 and default in near:
        near = [default]
    if len(near) == 1:
        return ClusterChoice(near[0], table[near[0]].account or account)
    if not near:
        return ClusterChoice("", account, f"{unknown} is not {NAMED}. Known: {', '.join(table)}.")
    which = f"nothing says which cluster is meant: {', '.join(near)}. Name one, or set `cluster` as the default."
    return ClusterChoice("", account, which, tuple(near))


def at_cluster(signal: Signal, settings: Settings) -> Signal:
    """A signal that somebody makes who works with these settings, said to be of their cluster."""
    name = settings.kubernetes.cluster
    return signal.model_copy(update={"cluster": name}) if name in settings.cluster_table.clusters else signal


def check_default(settings: Settings) -> None:
    """Raises SettingsError where the cluster that is meant where nothing says one is none of the table."""
    table, default = settings.cluster_table.clusters, settings.kubernetes.cluster
    if table and default and default not in table:
        raise SettingsError(f"The cluster {default!r} is not {NAMED}: {', '.join(table)}.")


def settings_of(settings: Settings, choice: ClusterChoice) -> Settings:
    """The settings that lead to what was chosen; the same where there is no table."""
    table = settings.cluster_table.clusters
    if not table:
        return settings
    if choice.name:
        return settings.model_copy(update=_values(settings, choice.name, table[choice.name]))
    near = [_values(settings, name, table[name]) for name in choice.near]
    aws = [{name: values[name] for name in _AWS} for values in near]
    same_account = bool(aws) and bool(choice.account) and all(one == aws[0] for one in aws)
    left_out = IN_CLUSTER if same_account else IN_CLUSTER + IN_ACCOUNT
    update: dict[str, Any] = {"left_out": dict.fromkeys(left_out, f"It was not read: {choice.why}"), "writes": False}
    return settings.model_copy(update=update | (aws[0] if same_account else {}))


def each(settings: Settings) -> dict[str, Settings]:
    """The settings that lead to each cluster of the table, by its name; none where there is no table."""
    table = settings.cluster_table.clusters
    return {name: settings_of(settings, ClusterChoice(name, entry.account)) for name, entry in table.items()}


_AWS: Final = ("aws_endpoint_url", "aws_region", "aws_profile", "aws_role", "aws_external_id")


def _values(settings: Settings, name: str, entry: ClusterEntry) -> dict[str, Any]:
    """The settings that an entry stands for, by their names."""
    kubernetes, aws, writing = settings.kubernetes, settings.aws, settings.writing
    own_file = bool(entry.kubeconfig)
    context = entry.kube_context or ("" if own_file or entry.eks else name)
    return {
        "cluster": name,
        "kubeconfig": entry.kubeconfig or ("" if entry.eks else kubernetes.kubeconfig),
        "kube_context": context,
        "eks": _eks(name, entry, entry.role) if entry.eks else "",
        "aws_region": entry.region or aws.aws_region,
        "aws_endpoint_url": entry.aws_endpoint_url or aws.aws_endpoint_url,
        "aws_profile": entry.aws_profile or aws.aws_profile,
        "aws_role": entry.role,
        "aws_external_id": entry.external_id,
        "prometheus_url": entry.prometheus_url,
        "alertmanager_url": entry.alertmanager_url,
        "remote_servers": entry.remote_servers,
        "remote_writers": entry.remote_writers,
        "foreign_servers": entry.foreign_servers
        or (settings.servers.foreign_servers if name == kubernetes.cluster else {}),
        "write_kubeconfig": entry.write_kubeconfig,
        "write_kube_context": entry.write_kube_context,
        "write_eks": _eks(name, entry, entry.write_role) if entry.eks and entry.write_role else "",
        "write_aws_role": entry.write_role,
        "allow_namespaces": tuple(_allowed_here(writing.allow_namespaces, name)),
        "allow_nodes": tuple(_allowed_here(writing.allow_nodes, name)),
    }


def _eks(name: str, entry: ClusterEntry, role: str) -> str:
    more = [f"role={role}"] if role else []
    more += [f"external_id={entry.external_id}"] if role and entry.external_id else []
    return ",".join([f"{name}={entry.eks}", *more])


def _allowed_here(patterns: tuple[str, ...], name: str) -> Iterator[str]:
    """`CLUSTER/NAMESPACE` allows in one cluster, a namespace alone in each."""
    for pattern in patterns:
        cluster, slash, namespace = pattern.rpartition("/")
        if not slash or cluster == name:
            yield namespace


def _of_account(table: Mapping[str, ClusterEntry], account: str, region: str) -> list[str]:
    """Those of the account, and of the region where they name one; else those that name no account."""
    own = [name for name, entry in table.items() if entry.account == account]
    there = [name for name in own if not region or table[name].region in ("", region)]
    return there or [name for name, entry in table.items() if not entry.account]


def _mentions(signal: Signal, table: Mapping[str, ClusterEntry]) -> Iterator[str]:
    """The clusters whose name a person wrote."""
    if signal.source != "person":
        return
    text = f"{signal.title} {signal.description}"
    for name, entry in table.items():
        if any(re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", text) for one in (name, *entry.aliases)):
            yield name
