"""The proxy in front of an API server: the environment's, chosen when the connection opens."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from kubernetes.client import configuration

from mcp_servers.kubernetes.connection.kubeconfig import by_context

PROXY = "http://127.0.0.1:9"


def test_the_environment_is_asked_for_a_proxy_when_the_connection_opens_and_not_for_each_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    api = by_context(str(_kubeconfig(tmp_path)), "here")
    assert api.configuration.proxy == PROXY

    def again() -> dict[str, str]:
        raise AssertionError("it was asked again")

    monkeypatch.setattr(configuration, "getproxies", again)
    assert api.configuration.auth_settings()["BearerToken"]["value"], "what is asked for each request"
    assert api.configuration.proxy == PROXY


def _kubeconfig(folder: Path) -> Path:
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": "https://127.0.0.1:6443"}}],
        "users": [{"name": "reader", "user": {"token": "made-up"}}],
        "contexts": [{"name": "here", "context": {"cluster": "lab", "user": "reader"}}],
        "current-context": "here",
    }
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path
