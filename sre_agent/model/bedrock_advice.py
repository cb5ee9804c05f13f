"""What to do about an error of Bedrock, in words: who has to grant, log in, or open which way."""

from __future__ import annotations

from botocore.exceptions import ClientError

from sre_agent.model.address import ModelAddress
from sre_agent.model.bedrock import NO_IDENTITY, outcome

NO_CREDENTIALS = (
    "No AWS credentials were found. Log in (aws sso login), name a profile (model_aws_profile or aws_profile), or run"
    " where a role is attached."
)
NOT_VALID = "The AWS credentials are invalid or expired. Log in again and check the clock of this machine."
NO_ACCESS = (
    "This identity may not use the model. It needs bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on the"
    " model and on its inference profile, in every region of the profile; and the account needs access to the model"
    " itself: Bedrock console, Model access (Anthropic asks for a use case once)."
)
NO_PROFILE = (
    "This model is only available through an inference profile: put global., us., eu. or the like before its id."
)
NO_MODEL = (
    "There is no model of this id in this region. List them: aws bedrock list-inference-profiles --region {region}"
)
NO_QUOTA = (
    "The model is there, but refuses for its quota. New accounts often have little or none: Service Quotas, Amazon"
    " Bedrock, requests and tokens per minute for this model."
)
NO_WAY = (
    "Nothing answers at {endpoint}. Check region and proxy; a private subnet needs a NAT gateway or the VPC endpoint"
    " com.amazonaws.{region}.bedrock-runtime."
)
SLOW = (
    "The endpoint is reachable, but the model did not answer in time. Try again; if it stays slow, name another"
    " model or region."
)
NOT_READY = "The model is not ready, Bedrock still loads it. Try again in a few minutes."
ILL = (
    "Bedrock answers, but fails with this model at the moment. Try again later; further models and regions"
    " (model_small, model_large, model_regions) are asked where one fails."
)
BROKEN = "The answer broke off midway. Look for a proxy that cuts long connections or holds streams back."
INVALID_LOGIN = ("UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException")


def advice(problem: BaseException, address: ModelAddress, endpoint: str, region: str = "") -> str:
    """One or two sentences; empty where only the error itself can be told."""
    region = address.region or region or "REGION"
    if isinstance(problem, NO_IDENTITY):
        return NO_CREDENTIALS
    if isinstance(problem, ClientError):
        error = problem.response.get("Error", {})
        code, message = error.get("Code", ""), error.get("Message", "")
        if code in INVALID_LOGIN:
            return NOT_VALID
        if "on-demand throughput" in message:
            return NO_PROFILE
        if "identifier is invalid" in message or code == "ResourceNotFoundException":
            return NO_MODEL.format(region=region)
        if code == "AccessDeniedException":
            return NO_ACCESS
        if code == "ModelNotReadyException":
            return NOT_READY
    kind = "timeout" if isinstance(problem, TimeoutError) else outcome(problem) or ""
    no_way = NO_WAY.format(endpoint=endpoint, region=region)
    ill = ILL if isinstance(problem, ClientError) else no_way  # who answers with an error can be reached
    return {"throttled": NO_QUOTA, "timeout": SLOW, "broken": BROKEN, "unavailable": ill}.get(kind, "")
