"""What an outside auditor is given: bundles that prove themselves, and proofs of single events."""
