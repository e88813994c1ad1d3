"""What follows from what: the file name is the sentence."""
