"""Who goes by this name, number, address or birth date."""
