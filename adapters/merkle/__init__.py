"""The Merkle log: what was recorded, hashed, signed and anchored outside, so that a later change convicts itself."""
