"""What an organisation is called and works by."""
