"""Amazon Bedrock: Converse and ConverseStream over real HTTP, batch jobs over S3, by a script that a test puts there.

The service around the model is true: validation, tool use, prompt caches, usage, errors, event streams with checksums,
jobs with their states. The model is not: it plays the turns of a script (POST /bedrock/script of the control API), or
says what it is.
"""

from __future__ import annotations

from sre_lab.aws.bedrock.jobs import OPERATIONS, connect
from sre_lab.aws.bedrock.script import ModelScript, calls_of, play
from sre_lab.aws.bedrock.serving import serve, understands

__all__ = ["OPERATIONS", "ModelScript", "calls_of", "connect", "play", "serve", "understands"]
