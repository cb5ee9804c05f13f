"""What the API server accepts of each kind: one module a family, each yields the causes of a refusal."""
