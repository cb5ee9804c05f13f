"""The vocabulary that the servers and the responder share: pure types and functions, no input or output.

Enter here to learn what a tool may say (`facts`, `vocabulary`), how a call is written down (`calls`), who may write
(`permits`), and what never leaves a server (`redaction`, `bounds`).
"""
