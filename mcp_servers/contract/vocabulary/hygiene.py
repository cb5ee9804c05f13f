"""What is unwise though nothing is broken. Told only when asked for."""

from __future__ import annotations

from typing import Final

HYGIENE: Final[dict[str, str]] = {
    # hygiene: nothing is broken; told only when asked for
    "hygiene.image_unpinned": "an image without a tag, or with `latest`: container, image",
    "hygiene.no_probes": "a container of a Service's pods has no such probe: container, missing (list)",
    "hygiene.no_limits": "a container has no requests or limits: container, missing (list)",
    "hygiene.default_account": "it uses the account `default`",
    "hygiene.no_controller": "a bare pod: nothing makes it again when it is gone",
    "hygiene.no_budget": "several replicas and no PodDisruptionBudget: replicas",
    "hygiene.single_endpoint": "one endpoint serves a whole Service",
    "hygiene.no_policy": "no NetworkPolicy is about a direction of its traffic: directions (list)",
    "hygiene.policy_one_sided": "a NetworkPolicy takes all pods, or names peers that are not there: what",
    "hygiene.suspended": "it is suspended",
    "hygiene.kept_on_node": (
        "a Service keeps its traffic on the node (policy internal|external), and nobody is seen who misses it: without"
        " (list of nodes with pods of others and none of its own)"
    ),
    "hygiene.privileged": "a container may do on its node what it likes: container",
    "hygiene.several_defaults": "more than one StorageClass is the default one: others (list)",
    "hygiene.empty": "a ConfigMap without any key",
    "hygiene.unused": "nothing refers to it",
    "hygiene.wildcard_role": "a role allows everything on something: what",
}
