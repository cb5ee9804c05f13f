"""Field reports about what lies between services, or outside: delay, loss, providers, certificates, clocks, retries."""

from __future__ import annotations

from tests.worlds import objects
from tests.worlds.field_pages import group, page
from tests.worlds.field_scenes import answered, either, link, rises, slowly, system, unheard, writes
from tests.worlds.outages import outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation


@situation("field reports")
def delay_on_the_way_to_one_callee(draw: Draw) -> Told:
    """Callers time out, while the callee writes that it has answered within milliseconds."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("checkout", "search", "preserve"))
    callee = scene.app(draw.pick("shipping", "geo", "security", "url-shorten"))
    first_host, slow = link(draw, front, middle), link(draw, middle, callee)
    writes(
        draw, callee, f'level=info msg="request done" route=/v1/quote status=200 took={draw.number(1, 6)}ms', minutes=24
    )
    writes(draw, middle, slowly(draw, slow))
    writes(draw, front, slowly(draw, first_host))
    where = {"namespace": scene.namespace, "service": callee.name}
    rises(draw, "http_server_duration_seconds_p99", where, 0.005, 0.0052)
    rises(draw, "http_client_duration_seconds_p99", {"namespace": scene.namespace, "service": middle.name}, 0.02, 3.0)
    return outage(
        draw, [front, middle, callee], page(draw, front, "latency"),
        classes=("calls_slow", "dependency_unreachable", "network_plugin_broken", "mesh_policy_blocks"),
        says=(either(callee.name, slow),), innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def packets_lost_on_one_node(draw: Draw) -> Told:
    """Of the replicas in the middle only the one on that node fails, now at this callee and now at that."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("travel", "compose-post", "search"), replicas=2)
    one, two = scene.app("seat"), scene.app("user")
    first_host, first, second = link(draw, front, middle), link(draw, middle, one), link(draw, middle, two)
    nodes = [o["metadata"]["name"] for o in draw.objects if o["kind"] == "Node"]
    sick = draw.pick(*nodes)
    (other,) = (name for name in nodes if name != sick)
    for pod, node in zip(middle.pods, (sick, other), strict=True):
        pod["spec"]["nodeName"] = node
    blocks = (
        slowly(draw, first),
        unheard(draw, second, "timeout"),
        draw.pick(
            f"Error: read ECONNRESET\n    at TCP.onStreamRead (node:internal/stream_base_commons:218:20) url:"
            f" '{first}'",
            f'level=error msg="call failed" err="read tcp 10.2.3.4:51322->{second}: read: connection reset by peer"',
            f"java.io.IOException: Connection reset by peer: {first}",
        ),
    )
    writes(draw, middle, *blocks, pods=middle.pods[:1])
    writes(draw, middle, pods=middle.pods[1:])
    writes(draw, front, answered(draw, first_host, 504))
    writes(draw, one)
    writes(draw, two)
    for name in nodes:
        where = {"node": name, "instance": f"{name}:9100"}
        rises(draw, "node_netstat_Tcp_RetransSegs_rate", where, 3.0, 640.0 if name == sick else 3.1)
        rises(draw, "node_network_receive_drop_rate", {**where, "device": "eth0"}, 0.1, 210.0 if name == sick else 0.1)
    return outage(
        draw, [front, middle, one, two], page(draw, front, draw.pick("errors", "latency")),
        classes=("dependency_unreachable", "network_plugin_broken", "calls_slow", "hardware_degraded"),
        says=(f"{either(sick, one.name, two.name)}|retrans|packet|reset",), innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def payment_provider_that_fails(draw: Draw) -> Told:
    """It belongs to another company: it answers 503, refuses for too many calls, or its certificate is not believed."""
    scene = system(draw)
    front, checkout, payment = scene.front(), scene.app("checkout"), scene.app(draw.pick("payment", "inside-payment"))
    host = f"{draw.pick('api', 'gw', 'sandbox')}.{draw.pick('payfold', 'cardlane', 'moneta')}-{draw.suffix(4)}.com"
    first_host, payment_host = link(draw, front, checkout), link(draw, checkout, payment)
    uses(payment, PROVIDER_URL=f"https://{host}/v2")
    manner = draw.pick("5xx", "429", "tls")
    block = draw.pick(
        *{
            "5xx": (
                f"openai_pay.error.APIError: HTTP 503 from https://{host}/v2/charges: "
                '{"error":"service temporarily unavailable"}',
                f"ERROR charge failed: POST https://{host}/v2/charges: unexpected status 503 Service Unavailable",
                f"[<time>] production.ERROR: Server error: `POST https://{host}/v2/charges` resulted in a `502"
                f" Bad Gateway`"
                ' response {"exception":"[object] (GuzzleHttp\\\\Exception\\\\ServerException(code: 502)"}',
            ),
            "429": (
                f"AxiosError: Request failed with status code 429\n    url: 'https://{host}/v2/charges'\n"
                "    headers: { 'retry-after': '60', 'x-ratelimit-remaining': '0' }",
                f'level=error msg="charge" url=https://{host}/v2/charges status=429 body="too many requests"',
                f"Faraday::TooManyRequestsError: the server responded with status 429 (POST https://{host}/v2/charges)",
            ),
            "tls": (
                f'ERROR charge failed: Post "https://{host}/v2/charges": tls: failed to verify certificate:'
                f" x509: certificate"
                " signed by unknown authority",
                f"javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid"
                f" certification path to"
                f" requested target (https://{host}/v2/charges)\n"
                "\tat java.base/sun.security.ssl.Alert.createSSLException(Alert.java:131)",
                f"requests.exceptions.SSLError: HTTPSConnectionPool(host='{host}', port=443): Max retries"
                f" exceeded with url:"
                " /v2/charges (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]"
                " certificate"
                " verify failed: unable to get local issuer certificate')))",
            ),
        }[manner]
    )
    writes(draw, payment, block.replace("openai_pay.", "payments."))
    writes(draw, checkout, answered(draw, payment_host))
    writes(draw, front, answered(draw, first_host))
    classes = {
        "5xx": ("dependency_unreachable", "region_impaired", "calls_slow"),
        "429": ("dependency_unreachable", "quota_exceeded", "retry_storm", "traffic_surge", "calls_slow"),
        "tls": ("certificate_expired", "certificate_missing", "dependency_unreachable", "config_wrong"),
    }[manner]
    trigger = draw.pick(page(draw, front, "errors"), group(draw, front, checkout))
    return outage(
        draw, [front, checkout, payment], trigger, classes=classes, says=(either(host),),
        innocent=(front.name, checkout.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def certificate_between_services_that_ran_out(draw: Draw) -> Told:
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("checkout", "preserve", "search"))
    callee = scene.app(draw.pick("payment", "consign", "profile"))
    first_host, callee_host = link(draw, front, middle), link(draw, middle, callee, value="https://{}")
    end = objects.at(19)
    block = draw.pick(
        f'level=error msg="call failed" url=https://{callee_host}/v1 err="tls: failed to verify certificate: x509:'
        f" certificate has"
        f' expired or is not yet valid: current time {objects.at(17)} is after {end}"',
        "<time> ERROR 1 --- [nio-8080-exec-2] c.e.checkout.PaymentClient : call failed\n"
        f"javax.net.ssl.SSLHandshakeException: PKIX path validation failed: validity check failed"
        f" (https://{callee_host}/v1)\n"
        f"Caused by: java.security.cert.CertificateExpiredException: NotAfter: {end}\n"
        "\tat java.base/sun.security.x509.CertificateValidity.valid(CertificateValidity.java:277)",
        "Error: certificate has expired\n    at TLSSocket.onConnectSecure (node:_tls_wrap:1679:34)\n"
        f"  code: 'CERT_HAS_EXPIRED', url: 'https://{callee_host}/v1'",
        f"ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate"
        f" has expired"
        f" (_ssl.c:1000) for https://{callee_host}/v1",
    )
    secret = objects.meta(f"{callee.name}-tls", scene.namespace, 60 * 24 * 90, {})
    draw.objects.append(
        {
            "kind": "Secret",
            "metadata": secret,
            "type": "kubernetes.io/tls",
            "data": {"tls.crt": "c2V0", "tls.key": "c2V0"},
        }
    )
    writes(
        draw,
        callee,
        f"http: TLS handshake error from 10.2.3.{draw.number(5, 90)}:41022: remote error: tls: bad certificate",
    )
    writes(draw, middle, block)
    writes(draw, front, answered(draw, first_host, 502))
    return outage(
        draw, [front, middle, callee], page(draw, front, "errors"), ends=("cause",),
        classes=("certificate_expired", "certificate_missing", "clock_drift"), says=("expired|certificate|NotAfter",),
        innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def tokens_from_the_future(draw: Draw) -> Told:
    """The clock of the node where tokens are made runs ahead; whoever checks them says that they are not valid yet."""
    scene = system(draw)
    front = scene.front()
    auth, checks = (
        scene.app(draw.pick("auth", "user", "identity"), replicas=1),
        scene.app(draw.pick("order", "profile")),
    )
    link(draw, front, auth)
    first_host = link(draw, front, checks)
    ahead = draw.number(70, 400)
    node = auth.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["status"]["conditions"].insert(
                0,
                {
                    "type": "NTPProblem",
                    "status": "True",
                    "reason": "NTPIsDown",
                    "message": f"clock offset {ahead}s, chronyd is not synchronised",
                    "lastHeartbeatTime": objects.at(0.5),
                    "lastTransitionTime": objects.at(19),
                },
            )
    block = draw.pick(
        'level=warning msg="token rejected" err="token has invalid claims: token is not valid yet (nbf)"',
        f"jwt.exceptions.ImmatureSignatureError: The token is not yet valid (iat), {ahead}s ahead of this host",
        "NotBeforeError: jwt not active\n    at /app/node_modules/jsonwebtoken/verify.js:184:19\n"
        f"  date: {objects.at(17 - ahead / 60)}",
        "Microsoft.IdentityModel.Tokens.SecurityTokenNotYetValidException: IDX10222: Lifetime validation"
        " failed. The token"
        " is not yet valid. ValidFrom (UTC) is after the current time.",
        "io.jsonwebtoken.PrematureJwtException: JWT must not be accepted before the time in its nbf claim."
        " Allowed clock skew:"
        f" 0 milliseconds, difference: {ahead}000 milliseconds.",
    )
    writes(draw, auth)
    writes(draw, checks, block)
    writes(draw, front, answered(draw, first_host, draw.pick(500, 502)))
    where = {"instance": f"{node}:9100", "node": node}
    rises(draw, "node_timex_offset_seconds", where, 0.001, float(ahead), minutes=19)
    return outage(
        draw, [front, checks, auth], page(draw, front, "errors"),
        classes=("clock_drift", "login_refused", "config_wrong", "hardware_degraded"),
        says=("not (?:yet )?(?:valid|active)|not be accepted before|clock|nbf|iat|skew|NTP|premature|NotBefore",),
        innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def retries_against_a_limit(draw: Draw) -> Told:
    """The callee lets through so many calls a second; each call that it turns away comes back five times."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("recommendation", "home-timeline", "travel-plan"))
    callee = scene.app(draw.pick("product-catalog", "social-graph", "route"))
    first_host, limited = link(draw, front, middle), link(draw, middle, callee)
    rate, tries = draw.pick(50, 100, 200), draw.number(3, 6)
    limits = objects.meta(f"{callee.name}-limits", scene.namespace, 9000, {})
    limits["managedFields"] = [{"manager": "helm", "operation": "Update", "time": objects.at(20)}]
    draw.objects.append({"kind": "ConfigMap", "metadata": limits, "data": {"REQUESTS_PER_SECOND": str(rate)}})
    for one in (callee.deployment["spec"]["template"], callee.replica_set["spec"]["template"], *callee.pods):
        container = one["spec"]["containers"][0]
        one["spec"]["containers"][0] = {**container, "envFrom": [{"configMapRef": {"name": limits["name"]}}]}
    block = draw.pick(
        f'level=warning msg="retrying" target={limited} attempt={tries}/{tries} err="rpc error: code ='
        f" ResourceExhausted desc ="
        ' rate limit exceeded"',
        f"<time>  WARN 1 --- [nio-8080-exec-3] c.e.rec.CatalogClient : attempt {tries} of {tries} failed, giving up\n"
        f"feign.FeignException$TooManyRequests: [429 Too Many Requests] during [GET] to [http://{limited}/v1/all]\n"
        "\tat feign.FeignException.clientErrorStatus(FeignException.java:232)",
        f"Polly.RetryResiliencePipeline: attempt {tries} to http://{limited}/v1/all ended with 429 (Too Many Requests)",
        f"[warning] retry: got response with status 429 from http://{limited}/v1/all, will retry in 0ms, 0"
        f" attempts left",
    )
    own = draw.pick(
        f'level=warning msg="rate limit exceeded" client={middle.name} limit={rate}/s status=429',
        f"WARN limiter: turned away call of {middle.name}, {rate} rps allowed, {rate * tries} rps asked",
    )
    writes(draw, callee, own)
    writes(draw, middle, block)
    writes(draw, front, answered(draw, first_host, 503))
    where = {"namespace": scene.namespace, "service": callee.name}
    rises(draw, "http_requests_per_second", where, rate * 0.8, float(rate * tries), minutes=19)
    return outage(
        draw, [front, middle, callee], page(draw, front, draw.pick("errors", "latency")),
        classes=("retry_storm", "traffic_surge", "config_wrong", "quota_exceeded", "calls_slow"),
        says=("429|rate.?limit|exhausted|too many|retr|limiter",), innocent=(front.name, *scene.others()),
    )  # fmt: skip
