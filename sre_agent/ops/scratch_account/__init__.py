"""A scratch account on loopback, for as long as a rehearsal takes: as much of DynamoDB, S3, Secrets Manager and
AgentCore Memory as a restore fills, and as the store, the checkpoints and the memory read.

So a backup of an installation in AWS is opened, restored and read back by the code that would do it on the day, and
nothing of the account is touched, costs anything or needs a right. It is on disk, and answers what it does not know
with an error.
"""
