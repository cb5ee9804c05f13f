"""The only entry point to MCP: sessions that stay open, budgets, and the ledger that every answer goes through."""
