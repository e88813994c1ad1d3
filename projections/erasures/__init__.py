"""Which erasures were asked for, and where each stands."""
