"""Who is subscribed to what, how the contract stands, and what is used and left of its appointments."""
