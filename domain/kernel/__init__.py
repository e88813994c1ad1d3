"""The few shared ideas every context of the domain is written in."""
