"""What is seen of pod templates beside what a correct one would say."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import NEUTRAL, ObservationType, flag, one_of, text

TEMPLATES: Final = (
    ObservationType(
        "template.other_value",
        "a field of its pod template has another value in what it is compared with, and one alone",
        NEUTRAL,
        {
            "field": one_of(
                *("image", "command", "args", "env", "probe", "port", "resources", "node_selector", "reference"),
                *("registry", "security", "pull_secret"),
            ),
            "container": text(),
            "name": text("the variable, probe, resource, label or kind of object"),
            "now": text("the present value; empty: the field is not there"),
            "value": text("the other value, JSON where the field is no text; empty: the field is not there"),
            "source": one_of(
                *("revision", "run", "applied", "sibling", "near_name", "declared", "nodes", "image"),
                *("default_tag", "near_host", "unit"),
                about="what has that value",
            ),
            "of": text("the number of the revision, or the name of what has it"),
            "exact": flag("both values stand here as they are, nothing of them cut"),
            "path": text("JSON pointer of the field in the workload"),
        },
        sentences=(
            "{name} of container {container} of {on} is {now} ({field}); {source} {of} has {value}",
            "{field} of {on}: {value} ({source} {of})",
        ),
        priority=-1,
        offers_correction=True,
    ),
)
