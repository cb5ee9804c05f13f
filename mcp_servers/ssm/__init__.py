"""Runbooks of AWS Systems Manager: found, read, dry-run, started under a permit, followed.

Enter at `server.build`. `documents`, `executions` and `previews` read; `writes` is reached through the WriteDoor only.
"""
