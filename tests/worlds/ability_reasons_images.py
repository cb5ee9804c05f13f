"""An image that is not there, in the words of whoever refused it: the registry, the kubelet, the network."""

from __future__ import annotations

from tests.worlds import objects, unstarted
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.unstarted import fail_pull, waiting
from tests.worlds.workloads import serving_app

PULL = ("image_pull_failed", "registry_auth_failed", "registry_unreachable")
ABSENT = "does not have it|does not exist|not found"


def story_of(draw: Draw, app: App, says: tuple[str, ...], *, classes: tuple[str, ...] = PULL, never: str = "") -> Told:
    expect = Expect(("cause",), classes, (app.subject,), says, (never,) if never else (), may_propose=True)
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("reasons")
def image_name_that_is_no_name(draw: Draw) -> Told:
    app = serving_app(draw)
    image = f"registry.example.com/{draw.pick('Shop', 'Web', 'Core')}/{app.name}:{draw.number(1, 9)}.0"
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["image"] = image
    problem = f'couldn\'t parse image name "{image}": invalid reference format: repository name must be lowercase'
    text = f'Failed to apply default image tag "{image}": {problem}'
    waiting(draw, app, "InvalidImageName", text, ("InspectFailed", text), ("Failed", "Error: InvalidImageName"))
    return story_of(
        draw, app, ("invalid reference format|lowercase",), classes=PULL[:1], never="registry does not have"
    )


@situation("reasons")
def image_that_may_not_be_pulled_and_is_not_on_the_node(draw: Draw) -> Told:
    app = serving_app(draw)
    image = app.image
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["imagePullPolicy"] = "Never"
    text = f'Container image "{image}" is not present with pull policy of Never'
    waiting(draw, app, "ErrImageNeverPull", text, ("ErrImageNeverPull", text), ("Failed", "Error: ErrImageNeverPull"))
    return story_of(draw, app, ("pull policy",), classes=PULL[:1], never="registry does not have")


@situation("reasons")
def image_that_the_registry_denies_without_credentials(draw: Draw) -> Told:
    app = serving_app(draw)
    problem = draw.pick(
        "pulling from host 123456789012.dkr.ecr.eu-central-1.amazonaws.com failed with status code [manifests 1.0]: "
        "403 Forbidden",
        f"unexpected status from HEAD request to https://registry.example.com/v2/{app.name}: 401 Unauthorized",
        "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
        "no basic auth credentials",
    )
    fail_pull(draw, app, problem)
    return story_of(draw, app, ("40[13]|unauthor|credential|denies",), classes=PULL[1:2], never=ABSENT)


@situation("reasons")
def image_that_the_registry_hides(draw: Draw) -> Told:
    app = serving_app(draw)
    problem = draw.pick(
        "pull access denied, repository does not exist or may require authorization: server message: "
        "insufficient_scope: authorization failed",
        "pull access denied, repository does not exist or may require authorization: authorization failed: no basic "
        "auth credentials",
    )
    fail_pull(draw, app, problem)
    return story_of(draw, app, ("may require authorization",), classes=PULL[:2])


@situation("reasons")
def image_with_a_tag_that_was_never_pushed(draw: Draw) -> Told:
    app = serving_app(draw)
    problem = draw.pick(
        f"{app.image}: not found",
        f"manifest for {app.image} not found: manifest unknown: manifest unknown",
        "unexpected status from HEAD request: 404 Not Found",
    )
    fail_pull(draw, app, problem)
    return story_of(draw, app, ("not found|manifest unknown",), classes=PULL[:1], never="credential|unauthori|denied")


@situation("reasons")
def image_of_a_registry_that_counts_pulls(draw: Draw) -> Told:
    app = serving_app(draw)
    problem = draw.pick(
        "failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/"
        "redis/manifests/sha256:1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your "
        "unauthenticated pull rate limit.",
        "pull QPS exceeded: toomanyrequests: Rate exceeded",
    )
    fail_pull(draw, app, problem)
    return story_of(draw, app, ("rate limit|too ?many ?requests|limits how much",), never="credential|does not have it")


@situation("reasons")
def image_of_a_registry_with_a_certificate_nobody_knows(draw: Draw) -> Told:
    app = serving_app(draw)
    problem = draw.pick(
        'failed to do request: Head "https://registry.example.com/v2/": tls: failed to verify certificate: x509: '
        "certificate signed by unknown authority",
        'failed to do request: Head "https://registry.example.com/v2/": x509: certificate has expired',
    )
    fail_pull(draw, app, problem)
    return story_of(draw, app, ("x509",), never=ABSENT)


@situation("reasons")
def image_of_a_registry_without_an_address(draw: Draw) -> Told:
    app = serving_app(draw)
    problem = draw.pick(
        'failed to do request: Head "https://registry.example.com/v2/": dial tcp: lookup registry.example.com on '
        "10.96.0.10:53: no such host",
        'failed to do request: Head "https://registry.example.com/v2/": dial tcp 10.9.8.7:443: i/o timeout',
        'failed to do request: Head "https://registry.example.com/v2/": dial tcp 10.9.8.7:443: connection refused',
    )
    fail_pull(draw, app, problem)
    return story_of(draw, app, ("no such host|i/o timeout|connection refused",), never="does not have it|credential")


@situation("reasons")
def image_whose_pull_secret_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    secret = f"{draw.pick('regcred', 'pull', 'registry')}-{draw.suffix(4)}"
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["imagePullSecrets"] = [{"name": secret}]
    fail_pull(
        draw, app, "pull access denied, repository does not exist or may require authorization: authorization failed"
    )
    text = f"Unable to retrieve some image pull secrets ({secret}); attempting to pull the image may not succeed."
    for pod in app.pods:
        draw.objects.append(objects.event(pod, "FailedToRetrieveImagePullSecret", text, minutes=1))
    return story_of(draw, app, (secret,), classes=PULL[1:2])


@situation("reasons")
def image_of_another_platform_only(draw: Draw) -> Told:
    app = serving_app(draw)
    problem = "no match for platform in manifest: not found"
    fail_pull(draw, app, problem)
    classes = ("image_pull_failed", "wrong_architecture")
    return story_of(draw, app, ("platform",), classes=classes, never="registry does not have it|credential")
