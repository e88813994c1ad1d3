"""What can be asked: one read model per folder, built from the feed and never from anywhere else."""
