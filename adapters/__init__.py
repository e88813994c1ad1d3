"""The outside world behind the application's ports, and the wiring of it all."""
