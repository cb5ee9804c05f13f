"""Kubernetes for any MCP client: what runs, what is wrong with it, what changed, and four permitted writes.

`clusters` knows which ones there are, `client` talks to one's API server, `reading` and its neighbours answer tools,
`extract_*` turn complete objects into observations, `writing` changes things through the write guard.
"""
