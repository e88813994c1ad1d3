"""How an invoice stands, what is on it, and which invoices a person has."""
