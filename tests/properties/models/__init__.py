"""Models: what each thing should be like, in plain data, written apart from the code."""
