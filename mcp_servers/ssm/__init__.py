"""Runbooks of AWS Systems Manager and of Markdown folders: found, read, dry-run, started under a permit, followed.

Beside them what Systems Manager knows that decides: OpsItems, managed instances, parameters without their secrets.
Enter at `server.build`. `writes` is reached through the WriteDoor only; everything else reads.
"""
