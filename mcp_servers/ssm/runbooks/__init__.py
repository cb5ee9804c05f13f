"""Runbooks of both kinds, Automation documents and Markdown files: listed, read, ranked, with parameters and undo."""
