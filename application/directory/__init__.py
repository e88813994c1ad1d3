"""What one may ask of the directory."""
