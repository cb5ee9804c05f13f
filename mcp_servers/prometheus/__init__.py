"""What Prometheus knows: series now and over a window, and which alerts are on.

Read-only. Enter at `server.build`; `tools` holds the tools, `extract` the facts they give.
"""
