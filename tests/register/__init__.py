"""What is promised of the register."""
