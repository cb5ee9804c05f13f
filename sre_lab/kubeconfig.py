"""The kubeconfig of a lab; apart from the server of all its endpoints, for who serves the cluster alone."""

from __future__ import annotations

from pathlib import Path

import yaml

from sre_lab import private_files


def write_kubeconfig(folder: Path, url: str, cluster: str) -> Path:
    """A kubeconfig with one context, readable by its owner only."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": {"server": url}}],
        "users": [{"name": "lab", "user": {"token": "lab"}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": "lab", "namespace": "default"}}],
        "current-context": cluster,
    }
    path = folder / "kubeconfig"
    private_files.write(path, yaml.safe_dump(config, sort_keys=False))
    return path
