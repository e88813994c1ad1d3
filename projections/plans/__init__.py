"""Which plans a clinic offers, and on what terms."""
