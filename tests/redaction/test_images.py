"""The tag of an image is no credential, whatever its repository is called; what looks like one stays hidden."""

from __future__ import annotations

import pytest

from mcp_servers.redaction import redacted


@pytest.mark.parametrize(
    "text",
    [
        "registry.example.com/team/delta-auth:5.3.9, 5 days old",
        "registry/team/auth:1.2.3",
        'Back-off pulling image "ghcr.io/acme/token-service/auth:2024-11-03-abc1234"',
        "image: registry.local:5000/team/auth:8f3a9c1d",
        "image=quay.io/org/password:rc-77",
        "auth:4.1.0 -> auth:4.2.0",
    ],
)
def test_the_tag_of_an_image_is_told(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("config/auth:S3cretP4ssw0rd", "S3cretP4ssw0rd"),
        ("db/password:hunter22", "hunter22"),
        ("my.host/secret:Zx9Kq2Lm", "Zx9Kq2Lm"),
        ("quay.io/org/token:8f3a9c1d00112233", "8f3a9c1d00112233"),
        ("auth: hunter22xyz", "hunter22xyz"),
        ("http://bob:secretpw@host/auth:1.2.3", "secretpw"),
    ],
)
def test_what_no_build_would_call_a_version_stays_hidden(text: str, secret: str) -> None:
    assert secret not in redacted(text)
