"""Secrets that tell by their own form who gave them out, and what they stand in. Every one is drawn."""

# ruff: noqa: E501 - tables

from __future__ import annotations

from typing import Final

from tests.redaction.made.names import HELD_OUT, TUNED

# written as the samples beside this folder are: parts between `|`, a letter for the alphabet with a length, or text
TOKENS: Final[dict[str, tuple[str, ...]]] = {
    TUNED: (
        "ghp_|36", "github_pat_|22|_|59", "glpat-|w20", "glpat-|w27|.01.|l9", "xoxb-|d12|-|d13|-|24", "xoxe.xoxp-1-|w160",
        "sk_live_|24", "rk_live_|99", "sk-proj-|w74|T3BlbkFJ|w74", "sk-ant-api03-|w93|AA", "npm_|36", "pypi-AgEIcHlwaS5vcmc|w150",
        "hf_|34", "dapi|h32|-2", "AIza|w35", "GOCSPX-|w28", "ya29.a0|w180", "jwt", "AGE-SECRET-KEY-1|A58", "hvs.CAES|w90",
        "dp.st.prd.|40", "lin_api_|40", "ntn_|d12|35", "shpat_|h32", "SK|h32", "SG.|w22|.|w43", "key-|h32", "d10|:AA|w33",
        "MT|22|.|6|.|w38", "AKIA|U16", "ASIA|U16", "IQoJb3JpZ2luX2Vj|b300|==", "$2b$12$|53", "{SHA}|b27|=", "$apr1$|8|$|22",
        "$6$|16|$|86", "dop_v1_|h64", "glsa_|32|_|h8", "pul-|h40", "sntrys_eyJ|w150|_|b43", "xapp-1-A|U10|-|d13|-|h64",
    ),
    HELD_OUT: (
        "gho_|36", "ghs_|d8|_|jwt", "glrt-t1_|w20", "gldt-|w20", "xoxp-|d12|-|d12|-|d12|-|h32", "xoxc-|d12|-|d12|-|d13|-|h64",
        "sk_test_|99", "whsec_|32", "sk-svcacct-|w58|T3BlbkFJ|w58", "sk-ant-admin01-|w93|AA", "sk-ant-oat01-|w93|AA",
        "pypi-AgENdGVzdC5weXBp|w150", "api_org_|34", "dapi|h32", "1//0|w100", "hvb.AAAAAQ|w130",
        "dp.pt.|43", "dp.sa.|43", "lin_oauth_|h64", "secret_|43", "shpss_|h32", "sgp_|h16|_|h40",
        "mfa.|w84", "ABIA|U16", "FwoGZXIvYXdzE|b200|==", "$2y$10$|53", "$argon2id$v=19$m=65536,t=3,p=4$|b22|$|b43", "{SSHA}|b32",
        "$5$|16|$|43", "pbkdf2_sha256$600000$|22|$|b43|=", "doo_v1_|h64", "glc_eyJ|b150|==", "rubygems_|h48", "dckr_pat_|w27",
        "sq0atp-|w22", "EAAA|w60", "NRAK-|U27", "pat|14|.|h64", "figd_|w40", "ATATT3xFfGF0|w180|=|U8", "PMAK-|h24|-|h34", "tskey-auth-|12|CNTRL-|32",
        "gsk_|52", "r8_|37", "pplx-|48", "xai-|80", "sbp_|h40", "nfp_|36", "vcp_|56", "cfut_|w40", "rnd_|w32", "phx_|43", "phc_|43", "lsv2_pt_|h32|_|h10", "nvapi-|w64", "tvly-|32", "fw_|24",
    ),
}  # fmt: skip
PLACES: Final[dict[str, tuple[str, ...]]] = {
    TUNED: (
        "refused VALUE, asking again", '"VALUE"', "using (VALUE) for the deployment", "x=VALUE", "<VALUE>", "https://api.example.test/v1?x=VALUE&y=2",
        "got VALUE\nand went on",
    ),
    HELD_OUT: (
        "VALUE", "tried 'VALUE' twice", "[VALUE]", "a,VALUE,b", "value is VALUE.", '{"a": {"b": ["VALUE"]}}', "https://api.example.test/VALUE",
        "id: VALUE;",
    ),
}  # fmt: skip
ADDRESSES: Final[dict[str, tuple[str, ...]]] = {
    TUNED: (
        "postgresql://app:VALUE@db:5432/shop", "mongodb+srv://app:VALUE@c0.example.net/?retryWrites=true", "redis://:VALUE@cache:6379/0",
        "https://ci:VALUE@git.example.test/o/r.git", "Server=db;Database=x;User Id=sa;Password=VALUE;Encrypt=true",
        "jdbc:mysql://db/x?user=a&password=VALUE&useSSL=false", "Authorization: Bearer VALUE", "authorization: Basic VALUE",
        "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=VALUE;EndpointSuffix=core.windows.net", "mysql -u root -pVALUE -h db",
        "curl -u admin:VALUE https://x.example.test", "machine git.example.test login ci password VALUE",
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=x&X-Amz-Signature=VALUE", "client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSVALUE",
        "Cookie: sessionid=VALUE; theme=dark", "-----BEGIN RSA PRIVATE KEY-----\nVALUE\n-----END RSA PRIVATE KEY-----",
        '{"auths":{"r.example.test":{"auth":"VALUE"}}}', "https://x.blob.core.windows.net/c?sv=2024&sig=VALUE",
    ),
    HELD_OUT: (
        "mysql+pymysql://app:VALUE@db/shop", "amqps://app:VALUE@mq:5671/v", "rediss://default:VALUE@cache:6380", "clickhouse://u:VALUE@ch:9000/x",
        "cockroachdb://u:VALUE@crdb:26257/x", "kafka://u:VALUE@k:9092", "sftp://u:VALUE@files/x", "ldap://cn=x:VALUE@ldap/dc=y", "ftp://u:VALUE@h/f",
        "host=db port=5432 user=a password=VALUE dbname=x", "Data Source=db;Initial Catalog=x;UID=sa;PWD=VALUE", "jdbc:postgresql://db/x?user=a&password=VALUE",
        "Proxy-Authorization: Basic VALUE", "-H 'Authorization: token VALUE'", '{"Authorization": "Bearer VALUE"}', "X-Api-Key: VALUE", "x-amz-security-token: VALUE",
        "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=R;SharedAccessKey=VALUE", "redis-cli -h cache -a VALUE ping", "sshpass -p VALUE ssh x@y",
        "wget --user=a --password=VALUE https://x.example.test", "echo VALUE | docker login -u ci --password-stdin", "docker login -u ci -p VALUE r.example.test",
        "docker login -u ci -p \\\n  VALUE r.example.test", "Set-Cookie: JSESSIONID=VALUE; Path=/", "-----BEGIN OPENSSH PRIVATE KEY-----\nVALUE\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\\nVALUE\\n-----END EC PRIVATE KEY-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nVALUE\n-----END PGP PRIVATE KEY BLOCK-----",
        "ALTER USER app PASSWORD 'VALUE'", "CREATE USER app IDENTIFIED BY 'VALUE'", "https://storage.googleapis.com/b/o?X-Goog-Signature=VALUE",
        "//registry.example.test/:_authToken=VALUE", "https://hooks.slack.com/services/T0ABCDEF1/B0ABCDEF2/VALUE",
    ),
}  # fmt: skip
