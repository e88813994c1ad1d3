"""Machines: they play a thing and its model side by side. A planted bug stands beside each."""
