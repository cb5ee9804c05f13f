"""What guards every write: the switch, the allowlist, the permit, and the memory of permits that were used."""
