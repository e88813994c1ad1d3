"""What the application needs from outside, one protocol per file."""
