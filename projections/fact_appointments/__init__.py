"""For analysts: one row per appointment, about nobody in particular."""
