"""How everything this installation stands on is doing: one checker, asked by routes, probes and the command line."""
