"""How much a person owes, per currency."""
