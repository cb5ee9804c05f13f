"""The times of a probe, as the API has them and as a write tool takes them: for the server that writes them, and for
the responder that names them."""

from __future__ import annotations

from typing import Final

# The tool's argument, with the field and the value that the API server takes where the field is not there.
PROBE_TIMES: Final = {
    "initial_delay_seconds": ("initialDelaySeconds", 0),
    "period_seconds": ("periodSeconds", 10),
    "timeout_seconds": ("timeoutSeconds", 1),
    "failure_threshold": ("failureThreshold", 3),
    "success_threshold": ("successThreshold", 1),
}
PROBE_WAYS: Final = ("httpGet", "tcpSocket", "grpc")  # those that ask at a port
