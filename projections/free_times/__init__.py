"""When a practitioner can still be booked."""
