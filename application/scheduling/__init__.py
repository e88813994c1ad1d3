"""What one may ask of appointments and calendars."""
