"""What was invoiced, paid, taken back and written off, day by day, for analysts: nothing about persons."""
