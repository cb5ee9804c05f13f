"""Texts that hold no secret, though they hold what is drawn, or speak of secrets: none of them may change."""

# ruff: noqa: E501 - tables

from __future__ import annotations

from typing import Final

from tests.redaction.made.names import HELD_OUT, TUNED

# written as the samples beside this folder are: `‹…›` is drawn
TEXTS: Final[dict[str, tuple[str, ...]]] = {
    TUNED: (
        "max_tokens: ‹d4›", "tokenCount = ‹d3›", "token_count: ‹d5›", "password_age_days: ‹d2›", "prompt_tokens=‹d4› completion_tokens=‹d3›",
        "passwordMinLength = ‹d2›", "tokenTtlSeconds: ‹d4›", "apiKeyId: ‹uuid›", "secretVersion: ‹d2›", "passwordChangedAt: 2026-03-01T12:00:00Z",
        "token_bucket_size{job=\"x\"} ‹d3›", "rest_client_exec_plugin_ttl_seconds ‹d5›", "apiserver_token_cache_hits_total ‹d6›",
        "image: registry.example.test/shop/web@sha256:‹h64›", "commit ‹h40›", "Merge: ‹h7› ‹h7›", "index ‹h7›..‹h7› 100644",
        "arn:aws:iam::‹d12›:role/token-reader", "arn:aws:secretsmanager:eu-west-1:‹d12›:secret:prod/token-‹6›", "i-‹h17› vpc-‹h17› subnet-‹h17›",
        "pod/web-‹h9›-‹l5›", "uid: ‹uuid›", "trace_id=‹h32› span_id=‹h16›", "X-Amzn-Trace-Id: Root=1-‹h8›-‹h24›", "etag: \"‹h32›\"", "resourceVersion: \"‹d8›\"",
        "integrity sha512-‹b86›==", "\"digest\": \"sha256:‹h64›\"", "cpu: ‹d3›m memory: ‹d3›Mi", "10.0.‹d2›.‹d1› - - [01/Mar/2026:12:00:00 +0000] \"GET /token HTTP/1.1\" 200 ‹d4›",
        "  at com.shop.auth.TokenStore.get(TokenStore.java:‹d2›)", "  File \"/app/token.py\", line ‹d2›, in refresh_token", "secret \"web-‹l5›\" not found",
        "def set_password(self, password: str) -> None:", "password: str", "token: Optional[str] = None", "const token = getToken();", "let password = req.body.password;",
        "password = os.environ['DB_PASSWORD']", "apiKey: process.env.API_KEY,", "token := os.Getenv(\"TOKEN\")", "String token = request.getHeader(\"X-Token\");",
        "secrets:\n- name: web-token-‹l5›", "imagePullSecrets:\n  - name: regcred", "password:\n  secretKeyRef:\n    name: db\n    key: password", "token:\n  path: token",
        "tokens: [‹d2›, ‹d3›, ‹d4›]", "keys: [id, created_at]", "passwords: []", "\"tokens\": [\"the\", \"red\", \"fox\"]", "{\"token\": null, \"password\": \"\"}",
        "\x1b[31mERROR\x1b[0m password expired for user ‹l6›", "GET /q?filter=%7B%22tokenType%22%3A%22Bearer%22%7D&n=‹d2›", "ｅｒｒｏｒ: トークンの期限が切れました", "the key is in the vault",
        "key: ‹l8›", "monkey=‹l6›", "keyboard: ‹l6›", "primaryKey: order_id", "sortKey = created_at", "publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI‹b43›",
        "author: token-bot", "passed=‹d2› bypass=‹d1›", "kubectl create secret generic db --from-file=./db.txt", "nextPageToken: ‹b40›", "password policy: minLength ‹d1›",
        "hash=‹h64›", "checksum: ‹h32›", "sessionTimeout: ‹d4›", "request_id=req_‹24›", "chatcmpl-‹29›", "cus_‹14› pi_‹24›", "msg_01‹22›",
        "data: ‹b120›", "payload=‹b60›==", "caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t‹b200›", "ssh-rsa AAAAB3NzaC1yc2E‹b200› ci@build", "-----BEGIN CERTIFICATE-----\n‹b64›\n‹b64›\n-----END CERTIFICATE-----",
    ),
    HELD_OUT: (
        "maxTokens=‹d4›", "tokens_per_second: ‹d2›.‹d1›", "input_token_limit: ‹d6›", "PasswordLifetimeDays=‹d2›", "TOKEN_EXPIRY=‹d4›", "pwd_max_age=‹d2›", "secretCount: ‹d1›",
        "accessKeyId rotation due in ‹d2› days", "tokenExpiresAt=2026-03-01T12:00:00Z", "passwordHashAlgorithm: bcrypt", "token_type_hint=access_token", "secretRef: db-‹l5›",
        "vault_token_count_by_policy{policy=\"x\"} ‹d2›", "workqueue_adds_total{name=\"token_cleaner\"} ‹d5›", "go_gc_duration_seconds{quantile=\"0.5\"} 0.0000‹d3›",
        "docker.io/library/nginx@sha256:‹h64›: Pulling from library/nginx", "‹h12›: Pull complete", "HEAD is now at ‹h7› rotate tokens", "From github.com:o/r\n   ‹h7›..‹h7›  main -> origin/main",
        "arn:aws:kms:eu-west-1:‹d12›:key/‹uuid›", "arn:aws:elasticloadbalancing:eu-west-1:‹d12›:loadbalancer/app/web/‹h16›", "eni-‹h17› attached to i-‹h17›", "ip-10-0-‹d2›-‹d2›.eu-west-1.compute.internal",
        "replicaset.apps/web-‹h10›", "pvc-‹uuid›", "traceparent: 00-‹h32›-‹h16›-01", "requestID: ‹uuid›", "x-amz-id-2: ‹b76›", "x-amz-request-id: ‹U16›", "Last-Modified: Sun, 01 Mar 2026 12:00:00 GMT",
        "\"integrity\": \"sha384-‹b64›\"", "h1:‹b43›=", "go.sum: golang.org/x/crypto v0.‹d2›.0 h1:‹b43›=", "requests: {cpu: ‹d3›m, memory: ‹d3›Mi}", "\"POST /oauth/token HTTP/2\" 401 ‹d3› \"-\" \"curl/8.‹d1›.0\"",
        "panic: runtime error\ngoroutine ‹d2› [running]:\nmain.(*Token).Refresh(0xc000‹h6›)", "Caused by: javax.crypto.BadPaddingException: Given final block not properly padded", "Error: couldn't find key token in Secret shop/db-‹l4›",
        "function login(user, password) {", "password string", "token string `json:\"token\"`", "public string Password { get; set; }", "private String apiKey;", "if (password == null || password.isEmpty()) {",
        "token = secrets.token_urlsafe(32)", "password = getpass.getpass()", "apiKey = config.get(\"api_key\")", "secret = kms.decrypt(blob)", "export TOKEN=$(aws sts get-session-token)", "PASSWORD=\"$(cat /run/secrets/db)\"",
        "serviceAccount:\n  secrets:\n  - name: default-token-‹l5›", "valueFrom:\n  secretKeyRef: {name: db, key: token}", "passwordSecretRef:\n  name: db\n  key: password", "auth:\n  type: basic\n  realm: ops", "secret:\n  secretName: web-tls",
        "\"token_ids\": [‹d3›, ‹d4›, ‹d5›]", "stopTokens = ['###', 'END']", "\"passwords\": null", "allowed_tokens: [read, write]", "'secret': False", "\x1b[33mWARN\x1b[0m token cache miss ratio 0.‹d2›", "q=%22reset+password%22&lang=en",
        "ﬁle not found: token", "key ‹l8› not found", "turkey=‹l6›", "donkey: ‹l6›", "foreignKey: user_id", "cacheKey=orders:‹d4›", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI‹b43› ops@host", "authority: ca-‹d1›", "compass_heading=‹d3›",
        "--token-file=/var/run/token", "continue: ‹b60›", "pageToken=‹24›", "invalid password for user ‹l6›", "sha1: ‹h40›", "md5sum ‹h32›  app.tar.gz", "session_duration_ms=‹d5›", "evt_1‹24›", "toolu_01‹22›", "run_‹24› asst_‹24›", "vpce-svc-‹h17›", "AROA‹U17›:session", "AIDA‹U17›",
        "blob: ‹b160›", "Content-Security-Policy: script-src 'nonce-‹b22›=='", "certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t‹b200›", "SHA256:‹b43› ci@build (ED25519)", "spec.template.spec.containers[0].env[‹d1›].valueFrom.secretKeyRef.key: token",
        "Normal  SuccessfulMountVolume  kubelet  MountVolume.SetUp succeeded for volume \"default-token-‹l5›\"", "Created pod: token-worker-‹h9›-‹l5›", "✓ token refresh (‹d2› ms)", "##[group]Run actions/checkout@‹h40›", "::add-mask::***",
    ),
}  # fmt: skip
