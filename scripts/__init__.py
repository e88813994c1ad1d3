"""The command line, the generators and what starts the house on one machine."""
