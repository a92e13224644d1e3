"""What a pass proves. Pure: the same bytes give the same answer."""
