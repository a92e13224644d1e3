"""The central server, a program of its own."""
