"""Taking over what other systems know."""
