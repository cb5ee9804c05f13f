"""Texts with secrets and texts without, as logs, events, manifests and configuration hold them.

No secret is written down here: each is drawn from its alphabet, so that none looks like anybody's.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

ALNUM = ascii_letters + digits
SEEDS = (1, 2, 3, 4)  # each text is made so often, with other secrets


def drawn(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choice(alphabet) for _ in range(length))


def password(random: Random) -> str:
    """Letters and digits, sometimes with signs."""
    return drawn(random, ALNUM, random.randint(8, 20)) + random.choice(("", "!", "#7", "%x"))


def web_token(random: Random) -> str:
    parts = [json.dumps({"alg": "HS256", "n": random.random()}), json.dumps({"sub": drawn(random, ALNUM, 12)})]
    encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, drawn(random, ALNUM + "-_", 43)])


def private_key(random: Random) -> str:
    return "\n".join(drawn(random, ALNUM + "+/", 64) for _ in range(4))


def prefixed(prefix: str, length: int, alphabet: str = ALNUM) -> Callable[[Random], str]:
    return lambda random: prefix + drawn(random, alphabet, length)


def base64_value(random: Random) -> str:
    return base64.b64encode(random.randbytes(24)).decode()


def address(random: Random) -> str:
    name = f"{drawn(random, ascii_lowercase, 6)}.{drawn(random, ascii_lowercase, 8)}"
    return f"{name}@example.{random.choice(('com', 'org', 'co.uk'))}"


KEY = "-----BEGIN {kind}PRIVATE KEY-----\n{secret}\n-----END {kind}PRIVATE KEY-----"

WITH_SECRETS: dict[Callable[[Random], str], tuple[str, ...]] = {
    password: (
        "password={secret}",
        "Password: {secret}",
        'DB_PASSWORD="{secret}"',
        "export PGPASSWORD={secret}",
        "connecting with user=app password={secret} host=db",
        '{{"username": "app", "password": "{secret}"}}',
        "- name: REDIS_PASSWORD\n  value: {secret}",
        "mysql --user=root --password={secret} -h db",
        "login failed: pwd={secret};server=db-1",
        "Server=db;Database=shop;User Id=app;Password={secret};",
        "spring.datasource.password={secret}",
        "passphrase: {secret}",
        "client_secret={secret}&grant_type=client_credentials",
        "ADMIN_PASSWD='{secret}'",
        "postgres://app:{secret}@db.shop.svc:5432/orders",
        "mongodb+srv://app:{secret}@cluster0.example.net/shop",
        "amqp://guest:{secret}@rabbit:5672//",
        "redis://:{secret}@cache:6379/0",
        "could not clone https://ci:{secret}@git.example.org/shop.git",
        "jdbc:postgresql://db/shop?user=app&password={secret}",
        "curl -u deploy:{secret} https://registry.example.org/v2/",
        "SECRET_KEY = '{secret}'",
        'time=12:00 level=warn msg="bad login" password={secret} user=ana',
        "config: {{db_pass: {secret}, retries: 3}}",
        '{{"name": "SMTP_PASSWORD", "value": "{secret}"}}',
        "msg:password={secret} user:ana",
        "dbpass={secret}",
    ),
    base64_value: (
        "data:\n  password: {secret}",
        "Authorization: Basic {secret}",
        "aws_secret_access_key = {secret}",
        '"SecretAccessKey": "{secret}"',
        "x-api-key: {secret}",
        "X-Vault-Token: {secret}",
        "session_token={secret}",
        "encryption_key: {secret}",
        "AccountKey={secret};EndpointSuffix=core.example.net",
    ),
    web_token: (
        "Authorization: Bearer {secret}",
        "token {secret} has expired",
        "id_token={secret}",
        "GET /callback?access_token={secret}&state=x",
        '"refreshToken":"{secret}"',
        "cookie: session={secret}; path=/",
    ),
    private_key: (
        KEY.replace("{kind}", ""),
        KEY.replace("{kind}", "RSA "),
        KEY.replace("{kind}", "EC "),
        KEY.replace("{kind}", "OPENSSH "),
        "tls.key: |\n  " + KEY.replace("{kind}", ""),
    ),
    prefixed("AKIA", 16, ascii_uppercase + "234567"): (
        "aws_access_key_id = {secret}",
        "signed by {secret}/20260301/eu-west-1/s3/aws4_request",
        '"AccessKeyId": "{secret}",',
    ),
    prefixed("ASIA", 16, ascii_uppercase + "234567"): ("temporary credentials {secret} expire soon",),
    prefixed("gh" + "p_", 36): ("remote: token {secret} lacks the scope", "GITHUB_TOKEN={secret}"),
    prefixed("gl" + "pat-", 20): ("using {secret} to pull charts",),
    prefixed("xo" + "xb-", 40, digits + ascii_lowercase): ("slack says invalid_auth for {secret}",),
    prefixed("sk-" + "proj-", 40): ("model call with {secret} refused", "OPENAI_API_KEY={secret}"),
    prefixed("sk_" + "live_", 24): ("payment key {secret} revoked",),
    prefixed("AI" + "za", 35): ("maps?key={secret}&v=3",),
    prefixed("np" + "m_", 36): ("//registry.example.org/:_authToken={secret}",),
    prefixed("h" + "f_", 34): ("pulling the model with {secret}",),
    prefixed("k8s-aws-v1.", 120): ("eks token {secret} was presented",),
    prefixed("dop" + "_v1_", 64, "0123456789abcdef"): ("api_token: {secret}",),
    address: (
        "mail to {secret} bounced",
        "user {secret} logged in",
        '"email":"{secret}"',
        "From: Ana <{secret}>",
        "owner={secret} team=web",
    ),
}

HARMLESS: tuple[str, ...] = (
    'password authentication failed for user "app"',
    "FATAL: no password supplied",
    "the password has expired",
    "wrong password, 3 attempts left",
    'secret "db-credentials" not found',
    "couldn't find key password in Secret shop/db-credentials",
    'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found',
    "secretName: web-tls-{n}",
    "secretKeyRef:\n  name: db-{n}\n  key: password",
    "imagePullSecrets: [{{name: regcred-{n}}}]",
    "token expired {n} minutes ago",
    "token bucket refilled to {n}",
    "token: expired at noon",
    "invalid token: please log in",
    "Invalid token: Signature has expired",
    "failed to verify token: oidc: no key of that id",
    "could not parse token: unexpected EOF",
    "refresh token: revoked {n} minutes ago",
    "auth: not logged in",
    "credential: missing in the request",
    "wrong password: please try again",
    "Authorization: denied for role {n}",
    "unexpected token < in JSON at position {n}",
    "syntax error: unexpected token near line {n}",
    "tokens used: {n} of 4096",
    "max_tokens={n}",
    "next token is empty, the listing is complete",
    "authorization failed: user is not allowed to get pods",
    'User "system:serviceaccount:shop:web" cannot list resource "secrets" in API group ""',
    "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.{n}  user=root",
    "auth took {n} ms",
    "auth service is up",
    "author: build-{n}",
    "authoritative answer for shop.svc.cluster.local",
    "api key is missing",
    "x-api-key header required",
    "no credentials found in chain",
    "Unable to locate credentials",
    "credential provider: WebIdentity",
    "key=value pairs: {n}",
    "primary key violation on orders_pkey, key (id)=({n})",
    "partition key order_id, sort key at",
    "keyspace hits {n} misses 3",
    "Back-off restarting failed container web in pod web-7c9d{n}b5d-x2v4k_shop(1c5a2b1e-0d7c-4f6a-9b1e-{n:012d})",
    "Successfully assigned shop/web-5fcfb54d8-75ncv to ip-10-0-{n}-7.eu-west-1.compute.internal",
    'Pulling image "registry.example.com/shop/web:1.8.{n}"',
    'Successfully pulled image "registry.example.com/shop/web@sha256:{h}" in {n}ms',
    "Container image sha256:{h} already present on machine",
    "Liveness probe failed: HTTP probe failed with statuscode: 503",
    "dial tcp 10.96.{n}.7:5432: connect: connection refused",
    "dial tcp: lookup db.shop.svc.cluster.local on 10.96.0.10:53: no such host",
    "https://api.example.test/v1/orders?id={n}&sort=asc",
    "GET /login HTTP/1.1 200 {n}",
    "POST /oauth/token 401 {n}ms",
    "http://web.shop.svc:8080/healthz",
    "arn:aws:iam::111122223333:role/web-{n}",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-{n}",
    "arn:aws:sqs:eu-west-1:111122223333:orders-{n}",
    "trace 1-67{n:06d}-{h24}",
    "commit {h40}",
    "uid={n} gid={n} groups={n}",
    'resourceVersion: "{n}"',
    "request id {u}",
    "correlation={u}",
    "2026-03-01T12:00:{n:02d}Z INFO settled a batch of payments",
    "ERROR ledger schema v{n} expected, found v6",
    "java.lang.OutOfMemoryError: Java heap space",
    "  at shop.orders.Checkout.pay(Checkout.java:{n})",
    'Traceback (most recent call last):\n  File "/app/main.py", line {n}, in run',
    "KeyError: 'DATABASE_URL'",
    "environment variable STRIPE_API_KEY is not set",
    "missing required setting: JWT_SECRET",
    "cpu: {n}m, memory: 128Mi",
    "exceeded quota: compute, requested: cpu={n}, used: cpu=7, limited: cpu=8",
    "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available",
    "ThrottlingException: Rate exceeded",
    "user=ana action=refund order={n}",
    'level=info msg="rotated secret" name=db-{n}',
    'level=info msg="session closed" session={n}',
    "kubectl -n shop rollout undo deployment/web --to-revision={n}",
    "certificate has expired or is not yet valid: current time is after 2026-02-{n:02d}T00:00:00Z",
    "x509: certificate signed by unknown authority",
    "-----BEGIN CERTIFICATE-----",
    "ssh-rsa host key changed",
    "public_key fingerprint checked",
    "@timestamp @message @logStream",
    "npm ERR! @shop/web@1.{n}.0 build",
    "go: github.com/example/lib@v1.{n}.3",
    "image: web@v1.{n}",
    "cron(0 {n} * * ? *)",
    "basic auth is disabled",
    "bearer of bad news: queue depth {n}",
    "digest algorithm sha256",
    "passed {n} of {n} checks",
    "bypass=true retries={n}",
    "compass: north",
    "secondary index orders-by-day",
    "password policy: minimum length {n}",
    "passwordless sudo is on",
    "POSTGRES_USER=app POSTGRES_DB=shop",
    "tokenizer loaded in {n} ms",
)


def with_secrets() -> Iterator[tuple[str, str]]:
    """Text, and the secret in it."""
    for seed in SEEDS:
        random = Random(seed)
        for make, texts in WITH_SECRETS.items():
            for text in texts:
                secret = make(random)
                yield text.format(secret=secret), secret


def harmless() -> Iterator[str]:
    for seed in SEEDS:
        random = Random(seed)
        for text in HARMLESS:
            yield text.format(
                n=random.randint(1, 28),
                h=drawn(random, "0123456789abcdef", 64),
                h40=drawn(random, "0123456789abcdef", 40),
                h24=drawn(random, "0123456789abcdef", 24),
                u="-".join(drawn(random, "0123456789abcdef", n) for n in (8, 4, 4, 4, 12)),
            )
