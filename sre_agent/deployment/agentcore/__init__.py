"""The responder's container in Amazon Bedrock AgentCore Runtime: what a runtime is to be, how that differs from what it
is, and the way there.

The service's own model in botocore is the contract. What is not named stays as it is.
"""
