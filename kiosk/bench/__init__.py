"""Figures, each beside what it is compared with."""
