"""The write tools: starting, stopping and signalling an execution, with their previews."""
