"""Signs of being turned away, in the words of the services and libraries that say them."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.signs import signs

POD = Subject(scope="blue", kind="Pod", namespace="shop", name="cart-1")

SAID = {
    'E0304 reflector.go:1 failed to list *v1.Pod: pods is forbidden: User "system:serviceaccount:shop:cart" cannot list'
    ' resource "pods" in API group "" in the namespace "shop"': (
        "log.access_denied",
        {"by": "kubernetes", "action": "list", "resource": "pods", "namespace": "shop"},
    ),
    "ERROR operation error S3: GetObject, https response error StatusCode: 403, AccessDenied: User:"
    " arn:aws:sts::1:assumed-role/cart-read/cart-1 is not authorized to perform: s3:GetObject on resource:"
    " arn:aws:s3:::stock/a": (
        "log.access_denied",
        {"by": "aws", "action": "s3:GetObject", "resource": "arn:aws:s3:::stock/a"},
    ),
    "botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the Query operation": (
        "log.access_denied",
        {"by": "aws", "action": ""},
    ),
    "ERROR WebIdentityErr: failed to retrieve credentials caused by: InvalidIdentityToken": (
        "log.access_denied",
        {"by": "aws"},
    ),
    'ERROR Get "https://pay.test:8443/": tls: failed to verify certificate: x509: certificate has expired or is not yet'
    " valid: current time 2026-03-04T12:00:00Z is after 2026-03-01T00:00:00Z": (
        "log.certificate_invalid",
        {"why": "expired", "address": "pay.test:8443"},
    ),
    "error: x509: certificate signed by unknown authority": ("log.certificate_invalid", {"why": "unknown_authority"}),
    "Error: certificate has expired code: 'CERT_HAS_EXPIRED'": ("log.certificate_invalid", {"why": "expired"}),
    "javax.net.ssl.SSLPeerUnverifiedException: Certificate for <pay.shop.svc> doesn't match any of the subject"
    " alternative names: [old.shop.svc]": ("log.certificate_invalid", {"why": "wrong_name", "address": "pay.shop.svc"}),
    "java.security.cert.CertificateException: No subject alternative DNS name matching pay.shop.svc found.": (
        "log.certificate_invalid",
        {"why": "wrong_name"},
    ),
    "ERROR upstream answered 403 RBAC: access denied": ("log.mesh_denied", {"why": "policy"}),
    "ERROR upstream connect error or disconnect/reset before headers. reset reason: remote connection failure,"
    " transport failure reason: TLS_error: CERTIFICATE_VERIFY_FAILED": ("log.mesh_denied", {"why": "tls"}),
    "E0304 etcdserver: request timed out": ("log.api_overloaded", {"why": "etcd"}),
    'error: no matches for kind "Ingress" in version "extensions/v1beta1"': (
        "log.api_missing",
        {"kind": "Ingress", "version": "extensions/v1beta1"},
    ),
    'ERROR Get "http://stock.shop/items": unexpected status 404 Not Found': (
        "log.bad_answer",
        {"address": "stock.shop", "status": "404"},
    ),
    "requests.exceptions.HTTPError: 502 Server Error: Bad Gateway for url: http://stock.shop:8080/items": (
        "log.bad_answer",
        {"address": "stock.shop:8080", "status": "502"},
    ),
    'org.springframework.web.client.HttpServerErrorException: 502 on GET request for "http://stock.shop:8080/items"': (
        "log.bad_answer",
        {"address": "stock.shop:8080", "status": "502"},
    ),
    '{"level":"error","msg":"upstream failed","url":"http://stock.shop:8080/items","status":503}': (
        "log.bad_answer",
        {"address": "stock.shop:8080", "status": "503"},
    ),
    '{"level":"error","msg":"call failed","target":"http://stock.shop:8080/v1","error":"connect ECONNREFUSED"}': (
        "log.connection_failed",
        {"address": "stock.shop:8080", "why": "refused"},
    ),
    'nginx: [emerg] host not found in upstream "stock" in /etc/nginx/conf.d/default.conf:8': (
        "log.connection_failed",
        {"address": "stock", "why": "dns"},
    ),
    "ERROR dial tcp: lookup stock.shop.svc.cluster.local on 10.96.0.10:53: read udp: i/o timeout": (
        "log.connection_failed",
        {"address": "stock.shop.svc.cluster.local", "why": "dns"},
    ),
    "2 123456789012 eni-0a1 10.0.1.5 10.0.3.4 40112 5432 6 1 40 1772625000 1772625060 REJECT OK": (
        "log.flow_rejected",
        {"target": "10.0.3.4", "port": "5432"},
    ),
    '{"eventName": "RevokeSecurityGroupIngress", "userIdentity": {"arn": "arn:aws:iam::1:user/a"},'
    ' "requestParameters": {"groupId": "sg-1"}}': (
        "log.network_changed",
        {"event": "RevokeSecurityGroupIngress", "by": "arn:aws:iam::1:user/a", "resource": "sg-1"},
    ),
}


@pytest.mark.parametrize("line", SAID)
def test_a_refusal_is_told_with_who_refuses_what(line: str) -> None:
    code, attributes = SAID[line]
    observations = signs([(None, line)], POD)
    assert [x.code for x in observations] == [code]
    assert attributes.items() <= observations[0].attributes.items()


@pytest.mark.parametrize(
    "line",
    [
        "org.springframework.security.access.AccessDeniedException: Access is denied",
        "ERROR the user is not allowed to see this page",
        "ERROR could not read the certificate file of the user's upload",
        '{"eventName": "RevokeSecurityGroupIngress", "errorCode": "Client.UnauthorizedOperation"}',
        "2 123456789012 eni-0a1 10.0.1.5 10.0.3.4 40112 5432 6 1 40 1772625000 1772625060 ACCEPT OK",
        '{"eventName": "DescribeSecurityGroups", "requestParameters": {}}',
    ],
)
def test_what_has_the_words_of_a_refusal_and_is_none_is_an_error_as_any_other(line: str) -> None:
    assert {x.code for x in signs([(None, line)], POD)} <= {"log.error", "log.no_errors"}


@pytest.mark.parametrize(
    ("line", "of_request"),
    [
        ('{"level":"error","msg":"request failed","status":502}', True),
        ("[ERROR] backend call failed with HTTP 503", True),
        ("ERROR exit status 1 of migration 502", False),
        ("panic: nil map", False),
    ],
)
def test_an_error_line_says_whether_it_tells_of_a_request_that_was_answered_with_an_error(
    line: str, of_request: bool
) -> None:
    (error,) = signs([(None, line)], POD)
    assert error.code == "log.error" and ("of_request" in error.attributes) is of_request


@pytest.mark.parametrize(
    ("line", "is_refusal"),
    [
        ("software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException: Access to KMS is not allowed"
         " (Service: SecretsManager, Status Code: 400, Request ID: 7d0f6b7e)", True),
        ("ERROR operation error SSM: GetParameter, https response error StatusCode: 400, RequestID: 8, api error"
         ": the role is not permitted to use this key", True),
        ("Error: KmsException: user may not use key 9 of another account, an explicit deny { '$fault': 'client',"
         " '$metadata': { httpStatusCode: 400 } }", True),
        ("panic: KeyUsage: the role is not allowed to decrypt with it status code: 400, request id: 9f", True),
        ("software.amazon.awssdk.services.s3.model.NoSuchKeyException: The specified key does not exist. (Service: S3,"
         " Status Code: 404, Request ID: 31A)", False),
        ("An error occurred (ValidationException) when calling the PutItem operation: a value is not valid", False),
        ("ERROR operation error KMS: Decrypt, https response error StatusCode: 400, RequestID: x, api error"
         " InvalidCiphertextException: ", False),
        ("ERROR com.acme.GuestException: guests are not allowed to order", False),
    ],
)  # fmt: skip
def test_a_service_that_says_in_an_sdks_form_that_somebody_may_not_has_refused_a_right(
    line: str, is_refusal: bool
) -> None:
    refusals = [sign for sign in signs([(None, line)], POD) if sign.code == "log.access_denied"]
    assert [(sign.attributes["by"], sign.attributes["why"]) for sign in refusals] == [("aws", "rights")] * is_refusal


def test_credentials_that_are_not_accepted_are_told_apart_from_rights_that_lack() -> None:
    (sign,) = signs([(None, "ERROR ExpiredTokenException: The security token included in the request is expired")], POD)
    assert (sign.code, sign.attributes["why"]) == ("log.access_denied", "credentials")


@pytest.mark.parametrize(
    "line",
    [
        "Unhandled exception. System.IO.FileNotFoundException: Could not find file '/app/zones.json'",
        "+ wait-for db:5432 --timeout=30",
    ],
)
def test_a_file_that_is_not_found_and_an_option_are_no_failed_connection(line: str) -> None:
    assert not [one for one in signs([(None, line)], POD) if one.code == "log.connection_failed"]


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
        "[mpm_prefork:error] AH00161: server reached MaxRequestWorkers setting",
        "[alert] 1#1: 1024 worker_connections are not enough",
        "SEVERE All threads (200) are currently busy, waiting. Increase maxThreads (200) or check the servlet status",
    ],
)
def test_a_server_whose_workers_are_all_busy_is_told(line: str) -> None:
    assert [one.attributes["where"] for one in signs([(None, line)], POD) if one.code == "log.pool_exhausted"] == [
        "workers"
    ]
