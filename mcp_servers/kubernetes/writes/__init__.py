"""The write tools: target, dry run, blast radius, undo, and the one way in which an object is patched."""
