"""Changes in Git: where an object that a GitOps controller or Helm owns is declared, and what has to be changed there.

Nothing is merged and nothing of a repository is executed: files are read as text, changed in one field, and offered.
"""
