"""One appointment, those of a person, and the chain it stands in."""
