"""The read tools of this server."""
