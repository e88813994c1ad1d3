"""Plans, subscriptions with their quota, and invoices."""
