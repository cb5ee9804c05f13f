"""Kubeconfigs of clusters that nobody answers for."""

from __future__ import annotations

from pathlib import Path

import yaml


def kubeconfig(folder: Path, *, name: str = "config", server: str = "https://127.0.0.1:9", user: object = None) -> Path:
    file = folder / name
    content = {
        "current-context": "prod",
        "clusters": [{"name": "prod", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": user or {"token": "made-up"}}],
        "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "me"}}],
    }
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file
