"""Plans, subscriptions, invoices and revenue over HTTP."""
