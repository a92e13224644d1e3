"""Entries to central, lists from it, whenever there is a connection."""
