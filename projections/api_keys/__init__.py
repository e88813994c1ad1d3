"""Which programs act for an organisation, and how old their secrets are."""
