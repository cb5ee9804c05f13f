"""The SDK side of every server: arguments, transports, cursors, cancellation, errors, and sessions with AWS."""
