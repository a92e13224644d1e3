"""What a gate decides. Pure: no clock, no I/O, no randomness."""
