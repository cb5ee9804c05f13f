"""What Prometheus knows: series now and over a window, which alerts are on, and what it cannot see.

Read-only. Enter at `server.build`; `queries`, `analyses`, `watching` and `silencing` hold tools, `extract` the facts.
"""
