"""How everything is doing, over HTTP."""
