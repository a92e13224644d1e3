"""The entries, kept so that nothing can lose them."""
