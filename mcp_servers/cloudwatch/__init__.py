"""What CloudWatch knows: alarms and their history, metrics and what became of their level, log groups.

Read-only. Enter at `server.build`; `alarms`, `metrics`, `logs` hold the tools, `extract_*` the facts they give.
"""
