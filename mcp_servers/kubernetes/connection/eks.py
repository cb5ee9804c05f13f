"""An EKS cluster as it is named to this server: `NAME=REGION/CLUSTER[,role=ARN][,external_id=ID]`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass


@dataclass(frozen=True)
class EksCluster:
    """`name` is what tools, facts and permits call it; `role` is assumed for it, empty where none is, with the
    `external_id` that the role's owner asks for."""

    name: str
    region: str
    cluster: str
    role: str = ""
    external_id: str = ""

    @classmethod
    def parse(cls, text: str) -> EksCluster:
        """From `NAME=REGION/CLUSTER[,role=ARN][,external_id=ID]`; ArgumentTypeError for anything else."""
        name, _, rest = text.partition("=")
        place, *more = rest.split(",")
        region, _, cluster = place.partition("/")
        options = dict(option.split("=", 1) for option in more if "=" in option)
        if not (name and region and cluster) or len(options) < len(more) or options.keys() - {"role", "external_id"}:
            raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=REGION/CLUSTER[,role=ARN]")
        return cls(name, region, cluster, options.get("role", ""), options.get("external_id", ""))
