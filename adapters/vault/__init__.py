"""Personal data sealed per person: keys in a hierarchy, envelopes bound to their place."""
