"""How things may be typed."""
