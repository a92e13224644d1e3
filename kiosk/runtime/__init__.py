"""Threads, wiring, supervision."""
