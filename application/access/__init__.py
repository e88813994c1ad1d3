"""Emergency access: opened, used, closed, reviewed."""
