"""Training: one loop for every family, its data order, checkpoints and logs."""
