"""What one may ask of plans, subscriptions and invoices."""
