"""The shop of the Kubernetes write tests, attacked."""

from __future__ import annotations

from tests.server_kubernetes.conftest import server as server
from tests.server_kubernetes.conftest import shop as shop
