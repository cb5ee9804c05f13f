"""What programs print about requests that fail: one line for each cause and look, however many requests it hits."""

from __future__ import annotations

from sre_lab.behaviour.accounts import access_denial
from sre_lab.behaviour.kubelet import logs
from sre_lab.behaviour.kubelet.process import ContainerProcess, profile_of, running_processes
from sre_lab.clock import rfc3339
from sre_lab.instrumentation.flows import ServiceFlow
from sre_lab.world import World

LEAST = 0.02  # a cause that hits a smaller share of the requests is not seen at every look
CAUSES = 2  # that one container complains of at a time


class RequestErrorLines:
    def __init__(self, world: World) -> None:
        self._world = world
        self._asked: dict[tuple[str, str, str, int], float] = {}  # when each permission was last needed

    def speak(self, flows: list[ServiceFlow]) -> None:
        """Write the error lines of this moment into the logs of the containers."""
        lines = [line for flow in flows for line in self._of_requests(flow)]
        lines += self._of_permissions()
        if not lines:
            return
        logs.flush(self._world)  # what the containers said before comes first
        now = self._world.clock.now()
        for namespace, pod, container, text in lines:
            self._world.containers.write(namespace, pod, container, now, text)

    def _of_requests(self, flow: ServiceFlow) -> list[tuple[str, str, str, str]]:
        lines = []
        for key, outcome in flow.outcomes.items():
            container = flow.backends[key].container
            profile = profile_of(self._world, container["image"]) if container is not None else None
            if container is None or profile is None or not profile.error_log or not flow.rates[key]:
                continue
            for failure in [f for f in outcome.failures if f.share >= LEAST][:CAUSES]:
                text = self._text(profile.error_log, failure.error, failure.about, key[1])
                lines.append((*key, container["name"], text))
        return lines

    def _of_permissions(self) -> list[tuple[str, str, str, str]]:
        """Calls to the API that are refused, whether anybody sends requests or not."""
        if not any(image.api_calls for image in self._world.images.values()):
            return []
        return [
            line for _, process in sorted(running_processes(self._world).items()) for line in self._refusals(process)
        ]

    def _refusals(self, process: ContainerProcess) -> list[tuple[str, str, str, str]]:
        now, lines = self._world.clock.now(), []
        pod = self._world.objects.get("Pod", process.namespace, process.pod)
        for place, call in enumerate(process.profile.api_calls if pod is not None else ()):
            key = (*process.key, place)
            if now - self._asked.get(key, process.started) < call.every or pod is None:
                continue
            self._asked[key] = now
            if text := access_denial(self._world, pod, call.verb, call.resource, call.namespace):
                lines.append((*process.key, self._text(call.error_log, text, call.resource, process.pod)))
        return lines

    def _text(self, form: str, error: str, about: str, pod: str) -> str:
        text = form.replace("{dependency}", about).replace("{error}", error).replace("{pod}", pod)
        return text.replace("{time}", rfc3339(self._world.clock.now()))
