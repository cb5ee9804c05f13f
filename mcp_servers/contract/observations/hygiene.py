"""What is unwise though nothing is broken."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    HYGIENE,
    ObservationType,
    count,
    names,
    text,
)

UNWISE: Final = (
    ObservationType(
        "hygiene.image_unpinned",
        "an image without a tag, or with `latest`",
        HYGIENE,
        {"container": text(), "image": text()},
    ),
    ObservationType(
        "hygiene.no_probes",
        "a container of a Service's pods has no such probe",
        HYGIENE,
        {"container": text(), "missing": names()},
    ),
    ObservationType(
        "hygiene.no_limits", "a container has no requests or limits", HYGIENE, {"container": text(), "missing": names()}
    ),
    ObservationType("hygiene.default_account", "it uses the account `default`", HYGIENE),
    ObservationType("hygiene.no_controller", "a bare pod: nothing recreates it once it is gone", HYGIENE),
    ObservationType("hygiene.no_budget", "several replicas and no PodDisruptionBudget", HYGIENE, {"replicas": count()}),
    ObservationType("hygiene.single_endpoint", "one endpoint serves a whole Service", HYGIENE),
    ObservationType(
        "hygiene.no_policy",
        "no NetworkPolicy applies to one direction of its traffic",
        HYGIENE,
        {"directions": names()},
    ),
    ObservationType(
        "hygiene.policy_one_sided",
        "a NetworkPolicy selects all pods, or names peers that do not exist",
        HYGIENE,
        {"what": text()},
    ),
    ObservationType("hygiene.suspended", "it is suspended", HYGIENE),
    ObservationType(
        "hygiene.kept_on_node",
        "a Service keeps its traffic on the node (policy internal|external), and no affected caller is seen",
        HYGIENE,
        {"without": names("nodes with pods of others and none of its own"), "policy": text()},
    ),
    ObservationType(
        "hygiene.privileged", "a container has unrestricted access to its node", HYGIENE, {"container": text()}
    ),
    ObservationType(
        "hygiene.several_defaults", "more than one StorageClass is the default one", HYGIENE, {"others": names()}
    ),
    ObservationType("hygiene.empty", "a ConfigMap without any key", HYGIENE),
    ObservationType("hygiene.unused", "nothing refers to it", HYGIENE),
    ObservationType("hygiene.wildcard_role", "a role allows everything on something", HYGIENE, {"what": text()}),
)
