"""People and organisations a tenant knows: who an id stands for."""
