"""What the entrance of the cluster logs of requests to a Service, and who serves an Ingress."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.observe import entrances
from mcp_servers.kubernetes.observe.entrances import Entrance
from mcp_servers.kubernetes.snapshot.reading import Lists
from tests.server_kubernetes.reading_lab import asked, deployment, facts, made, pod, replica_set

pytestmark = pytest.mark.anyio
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SERVICE = Subject(scope="lab", kind="Service", namespace="shop", name="web")
ROUTE = {"host": "cart.test", "http": {"paths": [{"path": "/", "backend": {"service": {"name": "web"}}}]}}
ADDRESS = {"loadBalancer": {"ingress": [{"hostname": "lb.test"}]}}


def ingress(**status: Any) -> dict[str, Any]:
    return made("Ingress", "entry", spec={"ingressClassName": "nginx", "rules": [ROUTE]}, status=status)


def observe(*lines: str, entrance: Entrance | None = None) -> Observation | None:
    entrance = entrance or Entrance(ingress(), ("web",), ("cart.test",))
    log_lines = [(START + timedelta(seconds=i), line) for i, line in enumerate(lines)]
    return entrances.observe(entrance, SERVICE, log_lines)


@pytest.mark.parametrize(
    "line",
    [
        '2026/03/01 12:00:00 [error] 31#31: *9 connect() failed (111: Connection refused), server: cart.test',
        '10.0.0.1 - - [01/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 502 150 "-" "curl/8" cart.test [shop-web-80]',
        '{"request_host":"cart.test","status":503,"path":"/"}',
        "level=error msg=\"upstream timed out\" host=cart.test",
        "[2026-03-01T12:00:00Z] shop/web GET /a HTTP/1.1 504 UT",
        'haproxy[7]: 10.0.0.1:5 [01/Mar/2026:12:00:00] http shop_web_http/srv001 0/0/1 "GET /a HTTP/1.1" 502 150',
        '[2026-03-01T12:00:00Z] "GET /a HTTP/1.1" 503 UF outbound|80||web.shop.svc.cluster.local',
    ],
)  # fmt: skip
def test_lines_of_many_controllers_tell_that_a_request_failed(line: str) -> None:
    observation = observe('10.0.0.1 - - "GET / HTTP/1.1" 200 15 cart.test', line)
    assert observation is not None and observation.code == "entrance.failing"
    assert (observation.attributes["count"], observation.attributes["of"]) == (1, 2)


def test_requests_that_are_served_are_told_as_served_and_those_of_others_not_at_all() -> None:
    observation = observe(
        '10.0.0.1 - - "GET / HTTP/1.1" 200 15 cart.test', '10.0.0.1 - - "GET /500 HTTP/1.1" 404 15 cart.test'
    )
    assert observation is not None and observation.code == "entrance.serving"
    assert observe('10.0.0.1 - - "GET / HTTP/1.1" 502 15 other.test') is None


def test_most_requests_turned_down_with_one_status_are_told_with_it() -> None:
    lines = ['10.0.0.1 - - "GET /cart/7 HTTP/2.0" 404 19 cart.test'] * 5
    observation = observe('10.0.0.1 - - "GET / HTTP/1.1" 200 15 cart.test', *lines)
    assert observation is not None and observation.code == "entrance.refusing"
    attributes = observation.attributes
    assert (attributes["status"], attributes["count"], attributes["of"]) == ("404", 5, 6)


NAMELESS = (
    '[error] 31#31: *8 upstream sent too big header, server: _, request: "GET /a HTTP/2.0", upstream: "http://{}:80/"'
)


def recognizable(*others: dict[str, Any]) -> Entrance:
    """The entrance as the tool knows it, where these Ingresses are in the cluster as well."""
    service = made("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    behind = pod(status={"podIP": "10.2.3.4"})
    ingress_class = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/x"}}
    here = Lists({"Service": [service], "Pod": [behind], "Ingress": [ingress()]})
    every = Lists({"Ingress": [ingress(), *others], "IngressClass": [ingress_class]})
    (entrance,) = entrances.before([service], here)
    return entrances.recognizable(entrance, [service], here, every)


def other_ingress() -> dict[str, Any]:
    rule = {"host": "other.test", "http": {"paths": [{"path": "/", "backend": {"service": {"name": "other"}}}]}}
    return made("Ingress", "other", spec={"ingressClassName": "nginx", "rules": [rule]})


@pytest.mark.parametrize(("address", "code"), [("10.2.3.4", "entrance.failing"), ("10.2.3.45", ""), ("110.2.3.4", "")])
def test_a_request_is_known_by_the_address_of_the_pod_to_which_it_was_sent(address: str, code: str) -> None:
    observation = observe(NAMELESS.format(address), entrance=recognizable(other_ingress()))
    assert (observation.code if observation else "") == code


def test_a_failed_request_that_names_nobody_is_one_to_the_only_ingress_of_its_controller() -> None:
    line = NAMELESS.format("10.9.9.9")
    alone = observe(line, "GET /healthz HTTP/1.1 200 2", "E0301 leader election lost", entrance=recognizable())
    assert alone is not None and alone.code == "entrance.failing"
    assert (alone.attributes["of"], alone.excerpt) == (1, line)
    assert observe(line, entrance=recognizable(other_ingress())) is None


def test_served_requests_that_name_nobody_say_nothing_of_the_only_ingress() -> None:
    assert observe('10.0.0.1 - - "GET / HTTP/1.1" 200 15', entrance=recognizable()) is None


def names(lists: Lists) -> list[str]:
    ingresses = entrances.serving(
        [Entrance(lists.of("Ingress")[0], ("web",), ("cart.test",))], lists, lists.by_namespace()
    )
    return [one["metadata"]["name"] for one in ingresses]


def test_who_bears_the_address_of_an_ingress_serves_it() -> None:
    front = made("Service", "front", spec={"selector": {"app": "web"}, "type": "LoadBalancer"}, status=ADDRESS)
    other = made("Service", "other", spec={"selector": {"app": "no"}, "type": "LoadBalancer"})
    here = {"Ingress": [ingress(**ADDRESS)], "Service": [front, other], "Pod": [pod()]}
    assert names(Lists(here)) == ["web-6d4f7-bcdfg"]


def test_without_an_address_the_controller_of_its_class_serves_it() -> None:
    controller = pod(
        "nginx-1", body={"spec": {"containers": [{"name": "c", "image": "r.test/ingress-nginx/controller:v1"}]}}
    )
    ingress_class = {
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }
    here = {"Ingress": [ingress()], "IngressClass": [ingress_class], "Service": [], "Pod": [pod(), controller]}
    assert names(Lists(here)) == ["nginx-1"]


async def test_an_entrance_that_cannot_be_read_is_said_and_not_taken_for_calm(tmp_path: Path) -> None:
    behind = made("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    async with asked(tmp_path, deployment(), replica_set("6d4f7", 1, 600), pod(), behind, ingress()) as ask:
        with_one = await ask("kubectl_entrance", namespace="shop", name="web")
        every = await ask("kubectl_entrance", namespace="shop")
    for answer in (with_one, every):
        assert not answer["observations"] and "1 Ingresses" in answer["text"]
        assert any("No ingress controller pod" in entry["detail"] for entry in answer["coverage"])


def routing(*paths: tuple[str, str], host: str = "cart.test", **more: Any) -> dict[str, Any]:
    sends = {"service": {"name": "web", "port": {"number": 80}}}
    rules = [{"path": path, "pathType": kind, "backend": sends} for path, kind in paths]
    meta = {"annotations": more.pop("annotations", {})}
    spec = {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": rules}}], **more}
    return made("Ingress", f"entry-{len(host)}", meta=meta, spec=spec)


WHOLE: dict[str, Any] = {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}
REGEX = {"nginx.ingress.kubernetes.io/use-regex": "true"}


@pytest.mark.parametrize(
    ("url", "entries", "rule"),
    [
        ("https://cart.test/api/items?page=2", [routing(("/api", "Exact"), ("/static", "Prefix"))], "/api"),
        ("https://cart.test/apis", [routing(("/api", "Prefix"))], "/api"),
        ("https://shop.cart.test/x", [routing(("/api", "Exact"), host="*.cart.test")], "/api"),
        ("https://cart.test/api", [routing(("/api", "Exact"))], None),
        ("https://CART.test/api/items", [routing(("/api/", "Prefix"))], None),
        ("https://cart.test/api/items", [routing(("/api", "Exact")), routing(("/", "Prefix"), host="")], None),
        ("https://cart.test/api/items", [routing(("/api", "ImplementationSpecific"))], None),
        ("https://cart.test/api/items", [routing(("/api", "Exact"), annotations=REGEX)], None),
        ("https://cart.test/api/items", [routing(("/api", "Exact"), **WHOLE)], None),
        ("https://other.test/api/items", [routing(("/api", "Exact"))], None),
        ("", [routing(("/api", "Exact"))], None),
    ],
    ids=["below an exact path", "another word with the prefix", "a host with a wildcard", "the exact path itself",
         "below a prefix", "another Ingress takes all", "as the controller likes", "expressions", "a default backend",
         "another host", "no URL"],
)  # fmt: skip
async def test_a_url_that_no_rule_takes_is_told_with_the_nearest_rule(
    tmp_path: Path, url: str, entries: list[dict[str, Any]], rule: str | None
) -> None:
    behind = made("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    async with asked(tmp_path, deployment(), replica_set("6d4f7", 1, 600), pod(), behind, *entries) as ask:
        answer = await ask("kubectl_entrance", namespace="shop", name="web", url=url)
    nearest_rules = [x["attributes"]["rule"] for x in facts(answer, "ingress.no_route")]
    assert nearest_rules == ([rule] if rule else [])
