"""Where scheduling and billing meet: what changes an appointment and a subscription in one transaction."""
