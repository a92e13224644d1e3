"""Who lives here, and who passed when."""
