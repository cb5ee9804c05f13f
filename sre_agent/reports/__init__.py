"""What is said at the end of an incident, to people as Markdown and to machines as JSON.

`build` puts a run's facts into a `Report`, `markdown` is its text, `write` keeps both in files.
"""

from sre_agent.reports.building import build
from sre_agent.reports.files import write
from sre_agent.reports.markdown import markdown

__all__ = ["build", "markdown", "write"]
