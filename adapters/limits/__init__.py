"""How often anyone may ask: moving windows, counted together in Valkey, and in each process while that is away."""
