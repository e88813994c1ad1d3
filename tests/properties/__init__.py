"""What hypothesis plays against models written apart from the code."""
