"""Signs of being turned away: by permissions, certificates, a mesh, or an API that has no room. Pure.

The patterns are the words of the services and libraries themselves: AWS error codes, the API server's Status texts,
TLS libraries of several languages, Envoy's answers.
"""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.signals.logs.connections import reason
from mcp_servers.signals.logs.sdk_errors import refuses_a_right
from mcp_servers.signals.logs.wording import statuses

SignMatch = tuple[str, dict[str, str]]  # code, attributes that tell this sign from others of the code

_FORBIDDEN: Final = re.compile(
    r"(?:User )?\"(?P<identity>system:[^\"]+|[^\"]+)\" (?:cannot|is not allowed to) (?P<verb>\w+) resource"
    r" \"(?P<resource>[^\"]+)\"(?: in API group \"[^\"]*\")?(?: in the namespace \"(?P<namespace>[^\"]+)\")?"
)
_AWS_DENIED: Final = re.compile(
    r"\bAccessDenied(?:Exception|Fault)?\b|\bUnauthorizedOperation\b|\bAuthorizationError\b|\bNotAuthorized\b"
    r"|is not authorized to perform|\bInvalidIdentityToken\b|\bExpiredToken(?:Exception)?\b|\bWebIdentityErr\b"
    r"|\bUnrecognizedClientException\b|\bNoCredentialProviders\b|\bUnable to locate credentials\b"
    r"|\bfailed to (?:refresh cached credentials|retrieve credentials)\b|\bCredentialsProviderError\b",
)
_ACTION: Final = re.compile(r"(?:perform:?|for action:?) ([a-z0-9-]+:[A-Za-z*]+)")
_PRINCIPAL: Final = re.compile(
    r"User: (arn:[\w-]+:[\w-]+::?\S*?)(?= is not authorized)|\b(arn:aws[\w-]*:iam::\d+:role/\S+?)[\s,\"']"
)
_TARGET: Final = re.compile(r"on resource:? (arn:[^\s,;\"']+)")
_AWS_CONTEXT: Final = re.compile(
    r"operation error|An error occurred \(|Service: ?Amazon|\bRequestI[dD]\b|\barn:aws|\baws|amazonaws"
    r"|StatusCode: 40[013]",
    re.I,
)
_CREDENTIALS: Final = re.compile(
    r"InvalidIdentityToken|ExpiredToken|WebIdentityErr|UnrecognizedClient|NoCredentialProviders|locate credentials"
    r"|credentials|AssumeRoleWithWebIdentity",
    re.I,
)
_TLS: Final = re.compile(
    r"x509:|certificate|CERTIFICATE_VERIFY_FAILED|\bERR_CERT_|\bCERT_HAS_EXPIRED\b|\bPKIX\b|SSLHandshakeException"
    r"|CertPathValidator|CertificateExpired|UNABLE_TO_(?:VERIFY|GET_ISSUER)|SELF_SIGNED_CERT"
    r"|SSLPeerUnverifiedException|\bCertificateException\b",
)
_WHY_TLS: Final = (
    (
        "not_yet_valid",
        re.compile(r"current time \S+ is before|(?<!or is )not yet valid|NotYetValid|CERT_NOT_YET_VALID", re.I),
    ),
    ("expired", re.compile(r"has expired|is expired|CERT_HAS_EXPIRED|CertificateExpired|validity check failed", re.I)),
    (
        "unknown_authority",
        re.compile(
            r"unknown authority|unable to get (?:local )?issuer|self[- _]signed|unable to find valid certification path"
            r"|UNABLE_TO_(?:VERIFY|GET_ISSUER)|unknown ca\b|bad certificate|signed by unknown",
            re.I,
        ),
    ),
    (
        "wrong_name",
        re.compile(
            r"is valid for|not valid for any names|doesn't match|hostname mismatch|ALTNAME_INVALID|No name matching"
            r"|No subject alternative",
            re.I,
        ),
    ),
)
_CALLED: Final = re.compile(
    r"\b(?:https?|wss?|grpcs?)://([\w.-]+(?::\d+)?)|\b(?:to|for|dialing|host) [\"<]?([\w-]+(?:\.[\w-]+)+(?::\d+)?)",
    re.I,
)
_ANSWERED: Final = re.compile(
    r"https?://(?:[^\s/@]{0,200}@)?([\w.-]{1,253}(?::\d{1,5})?)[^\s\"',;]{0,500}+[\"']?[^\n]{0,80}?"
    r"(?:status(?: code)?|HTTP(?:/[\d.]+)?|answered|returned|error)[\s:=\"']{1,4}([45]\d\d)\b"
)
_STATUS: Final = re.compile(
    r"(?i:\b(?:HTTP(?:/[\d.]+)?|status(?:[ _-]?code)?|answered|returned)[\s:=\"']{1,4}(?:with )?"
    r"|\bstatus\b[\w ]{1,40}: )([45]\d\d)\b"
    r"|(?<![\w.:/])([45]\d\d) \(?[A-Z][a-z]+\b"  # with its phrase
)
_URL_HOST: Final = re.compile(r"\bhttps?://(?:[^\s/@]{0,200}@)?([\w.-]{1,253}(?::\d{1,5})?)", re.I)
_ANSWERED_FIRST: Final = re.compile(
    r"(?:\bstatus(?: code)?[ :=]+(?=[45]\d\d\b)"
    r"|(?<![\w.])(?=[45]\d\d (?:Client Error|Server Error|[A-Z][a-z]+|on [A-Z]{3,7}\b)))"
    r"([45]\d\d)\b[^\n]{0,80}?https?://(?:[^\s/@]*@)?([\w.-]+(?::\d+)?)"
)
_MESH: Final = (
    ("policy", re.compile(r"RBAC: access denied|rbac_access_denied|\bUAEX\b|denied by authorization policy", re.I)),
    (
        "tls",
        re.compile(
            r"(?:upstream connect error|transport failure reason).{0,200}(?:TLS|CERTIFICATE|OPENSSL|SSL routines)"
            r"|\bTLS_error\b|require(?:s|d)? mutual TLS|peer did not (?:return|present) a certificate"
            r"|client sent an HTTP request to an HTTPS server",
            re.I,
        ),
    ),
)
_API_BUSY: Final = (
    (
        "etcd",
        re.compile(r"etcdserver: (?:request timed out|too many requests|leader changed|mvcc: database space)", re.I),
    ),
    (
        "too_many_requests",
        re.compile(
            r"the server has received too many requests and has asked us to try again|\bTooManyRequests\b.*apiserver"
        ),
    ),
    ("client_throttling", re.compile(r"client-side throttling|Throttling request took|client rate limiter Wait", re.I)),
    ("timeout", re.compile(r"the server was unable to return a response in the time allotted", re.I)),
)
_NO_KIND: Final = re.compile(
    r"no matches for kind \"?(?P<kind>[\w.]+)\"? in (?:version|group) \"?(?P<version>[\w./]+)\"?"
    r"|failed to list \*?(?P<listed>[\w.]+): the server could not find the requested resource"
    r"|the server could not find the requested resource \(\w+ (?P<asked>[\w.-]+)\)"
    r"|unable to recognize .*: no matches for (?P<any>[^\s\"]+)",
)


def api_missing(text: str) -> SignMatch | None:
    """A kind or version that the API does not serve."""
    if match := _NO_KIND.search(text):
        kind = match["kind"] or match["listed"] or match["asked"] or match["any"] or ""
        return "log.api_missing", {"kind": kind, "version": match["version"] or ""}
    return None


def api_busy(text: str) -> SignMatch | None:
    """The API server has no room, or a client holds itself back."""
    why = next((name for name, pattern in _API_BUSY if pattern.search(text)), "")
    return ("log.api_overloaded", {"why": why}) if why else None


def mesh(text: str) -> SignMatch | None:
    """A sidecar's own refusal."""
    why = next((name for name, pattern in _MESH if pattern.search(text)), "")
    return ("log.mesh_denied", {"why": why}) if why else None


def certificate(text: str) -> SignMatch | None:
    """A certificate that is not accepted."""
    if not _TLS.search(text):
        return None
    why = next((name for name, pattern in _WHY_TLS if pattern.search(text)), "")
    address_match = _CALLED.search(text)
    address = (address_match[1] or address_match[2]) if address_match else ""
    return ("log.certificate_invalid", {"why": why, "address": address}) if why else None


def access(text: str) -> SignMatch | None:
    """A refusal by the cluster's RBAC, or by AWS IAM."""
    if match := _FORBIDDEN.search(text):
        fields = {name: match[name] or "" for name in ("identity", "resource", "namespace")}
        return "log.access_denied", {"by": "kubernetes", "action": match["verb"], **fields}
    is_right = refuses_a_right(text)
    if not is_right and not _AWS_DENIED.search(text):
        return None
    who, action, target = _PRINCIPAL.search(text), _ACTION.search(text), _TARGET.search(text)
    is_named = is_right or action is not None or who is not None
    if not is_named and not _CREDENTIALS.search(text) and not _AWS_CONTEXT.search(text):
        return None  # languages and frameworks have an AccessDenied of their own
    return "log.access_denied", {
        "by": "aws",
        "why": "credentials" if not is_right and action is None and _CREDENTIALS.search(text) else "rights",
        "action": action[1] if action else "",
        "identity": (who[1] or who[2]) if who else "",
        "resource": target[1] if target else "",
        "namespace": "",
    }


def error_status(text: str) -> SignMatch | None:
    """An address that was called and answered with an error status."""
    if match := _ANSWERED.search(text):
        return "log.bad_answer", {"address": match[1], "status": match[2]}
    if match := _ANSWERED_FIRST.search(text):
        return "log.bad_answer", {"address": match[2], "status": match[1]}
    return _answer_of(text, text)


def called_in_details(text: str, details: str) -> SignMatch | None:
    """A failed call whose message does not say whom it was for, where the lines below it do."""
    if (why := reason(text)) and (address := url_host(details)):
        return "log.connection_failed", {"address": address, "why": why}
    return _answer_of(text, details)


def _answer_of(text: str, place: str) -> SignMatch | None:
    """An error status in a text, and whom the URL in `place` says to have been called."""
    match = _STATUS.search(text)
    status = (match[1] or match[2]) if match else next((str(one) for one in statuses(text) if one >= 400), "")
    address = url_host(place)
    return ("log.bad_answer", {"address": address, "status": status}) if status and address else None


def url_host(text: str) -> str:
    """The host, with its port, of the first URL of a text; empty where it has none."""
    match = _URL_HOST.search(text)
    return match[1].rstrip(".") if match else ""


def tells_status(text: str) -> bool:
    """Whether a text tells of an HTTP answer with an error status, whoever gave it."""
    return _STATUS.search(text) is not None


DENIALS: Final = (api_missing, api_busy, mesh, certificate, access)
ANSWERS: Final = (error_status,)  # after the signs that say why
