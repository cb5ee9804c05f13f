"""Who does the work for the command line, and that it looks the same."""
