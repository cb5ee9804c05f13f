"""A third set of made-up texts, of kinds that were written before any rule had been tried on one of them."""

# ruff: noqa: E501 - tables

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from tests.redaction.samples import make

SEED: Final = 20260307
NAMES: Final = (
    "SMTP_PASSWORD", "mailgunApiKey", "kafka-sasl-password", "OidcClientSecret", "jwt_signing_secret", "sentryAuthToken",
    "ldapBindPassword", "twilio.auth.token", "NPM_TOKEN", "keystorePassword", "backup-encryption-key", "vaultToken",
)  # fmt: skip
CARRIERS: Final = (
    "spring.datasource.NAME=VALUE", "NAME = VALUE  # rotated in spring", "env:\n  NAME: 'VALUE'\n  PORT: '80'",
    "level=error msg=\"cannot dial\" NAME=\"VALUE\"", "{\"level\":\"warn\",\"ctx\":{\"NAME\":\"VALUE\"}}",
    "NAME='VALUE' node server.js", "terraform apply -var 'NAME=VALUE'", "kubectl create secret generic x --from-literal=NAME=VALUE",
    "aws ssm put-parameter --name NAME --value VALUE --type SecureString", "--set-string app.NAME=VALUE",
    "[12:00:01] DEBUG Config{host='db', NAME='VALUE', port=1}", "Map(host -> db, NAME -> VALUE)", "#<Config NAME=\"VALUE\">",
    "%{NAME: \"VALUE\", port: 1}", "(:NAME \"VALUE\")", "NAME=%22VALUE%22&x=1", "PUT /settings body={NAME:VALUE}",
    "local NAME = \"VALUE\"", "final NAME = 'VALUE';", "NAME: String::from(\"VALUE\"),", "WithEnv(\"NAME\", \"VALUE\")",
    "System.setProperty(\"NAME\", \"VALUE\");", "<env><name>NAME</name><value>VALUE</value></env>", "<entry key=\"NAME\">VALUE</entry>",
    "ok: [host1] => {\"NAME\": \"VALUE\"}", "+ NAME=VALUE", "++ export NAME=VALUE", "-  NAME: VALUE\n+  NAME: VALUE",
    "user,NAME\nbob,VALUE", "host  db\nNAME  VALUE\n", "NAME (current): VALUE", "We changed NAME to \"VALUE\" last night",
)  # fmt: skip
DISGUISES: Final[tuple[Callable[[str, str], Any], ...]] = (
    lambda text, name: text,
    lambda text, name: f"web-0 | \x1b[2m12:00:00\x1b[0m {text}",
    lambda text, name: text.replace(name, f"{name[:4]}\u200d{name[4:]}"),
    lambda text, name: {"log": text, "stream": "stderr"},
)
VALUES: Final = ("password", "24", "h40", "w32", "b43")
HARMLESS: Final = (
    "NAME is required but was not set", "NAME: expired", "NAME={{ .Values.name }}", "NAME=${NAME}", "see NAME in the settings",
    "NAME_FILE=/run/secrets/x", "field NAME has no value", "NAME=", "unset NAME", "NAME was rotated 3 days ago", "NAME: null",
    "NAME must have 12 characters", "NAME=<hidden>",
)  # fmt: skip
PLAIN: Final = (
    "deploy ‹› took 31 s", "blob sha256:‹›", "GET /assets/app.‹›.js 200", "node ip-10-0-3-7 cordoned by ‹›", "trace ‹› has 12 spans",
)  # fmt: skip


def secrets() -> Iterator[tuple[str, Any, str]]:
    """Carrier, text or structure, and the secret in it."""
    random = Random(SEED)
    for carrier in CARRIERS:
        for number in range(24):
            name, value = NAMES[number % len(NAMES)], make(random, random.choice(VALUES))
            disguise = DISGUISES[(number // len(NAMES) * 2 + number) % len(DISGUISES)]
            yield carrier, disguise(carrier.replace("VALUE", value).replace("NAME", name), name), value


def harmless() -> Iterator[Any]:
    random = Random(f"{SEED} harmless")
    for text in HARMLESS:
        for name in NAMES:
            for disguise in DISGUISES:
                yield disguise(text.replace("NAME", name), name)
    for text in PLAIN:
        for _ in range(10):
            yield text.replace("‹›", make(random, "h40"))
