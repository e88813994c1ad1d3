"""What can happen in a care business, and the rules: pure, without I/O, clock or randomness."""
