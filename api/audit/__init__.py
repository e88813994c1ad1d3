"""What auditors ask: history, proofs, and who looked."""
