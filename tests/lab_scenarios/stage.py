"""One scenario after the other behind the same three loopback ports, so that clients are made once."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from kubernetes import client
from kubernetes import config as kubeconfig
from kubernetes.dynamic import DynamicClient

from sre_lab.kubeconfig import write_kubeconfig
from sre_lab.process import LabControl
from sre_lab.scenario import Scenario

COMMAND = [sys.executable, "-m", "tests.lab_scenarios.plays"]


class Stage:
    """`play` puts a scenario on; then `objects`, `core`, `aws` and `control` are its clients, and its clock stands."""

    def __init__(self, folder: Path) -> None:
        self._playing = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._urls: dict[str, str] = json.loads(self._said())
        path = write_kubeconfig(folder, self._urls["kubernetes"], "lab")
        api: Any = kubeconfig.new_client_from_config_dict(yaml.safe_load(path.read_text()))
        self._api = api
        self._discovery = folder / "discovery.json"
        self._aws: dict[tuple[str, str], Any] = {}
        self.core: Any = client.CoreV1Api(api)
        self.control = LabControl(self._urls["control"])
        self.region = ""
        self.objects: Any = None

    def play(self, scenario: Scenario) -> None:
        """A new world of the scenario, at the same moment each time."""
        assert self._playing.stdin is not None
        self._playing.stdin.write(f"{scenario.name}\n")
        self._playing.stdin.flush()
        assert self._said() == "playing\n"
        self.region = scenario.cluster.region
        if self.objects is None:
            self.objects = DynamicClient(self._api, cache_file=str(self._discovery))

    def aws(self, service: str) -> Any:
        key = (service, self.region)
        if key not in self._aws:
            config = Config(retries={"total_max_attempts": 1})
            url = self._urls["aws"]
            self._aws[key] = boto3.client(service, endpoint_url=url, region_name=self.region, config=config)
        return self._aws[key]

    def kind(self, kind: str) -> Any:
        """The resource of a kind that is not a List, of the newest version that the cluster serves."""
        results = [r for r in self.objects.resources.search(kind=kind) if not r.kind.endswith("List")]
        return next((r for r in results if r.preferred), results[0])

    def now(self) -> float:
        return self.control.now()

    def pass_time(self, seconds: float) -> None:
        self.control.advance(seconds)

    def close(self) -> None:
        self.control.close()
        self._api.close()
        for one in self._aws.values():
            one.close()
        self._playing.communicate(timeout=10)

    def _said(self) -> str:
        assert self._playing.stdout is not None
        return self._playing.stdout.readline()


def moment(text: str | None) -> float:
    """An API's time as epoch seconds; what has no time is in the far future."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else float("inf")
