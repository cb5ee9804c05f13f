"""What lines of logs and series of numbers say, as observations. Pure, shared by every server that reads them."""
