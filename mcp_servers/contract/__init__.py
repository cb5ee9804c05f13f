"""The vocabulary that the servers and the responder share: pure types and functions, no input or output.

Enter here to learn what a tool may say (`facts`, `vocabulary`), how a call is written down (`calls`), who may write
(`permits`), and how much a server says at once (`bounds`). What never leaves one is `mcp_servers.redaction`.
"""
