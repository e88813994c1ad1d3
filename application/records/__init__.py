"""What one may ask of health records and their alerts."""
