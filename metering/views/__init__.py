"""Pages of the metered services."""
