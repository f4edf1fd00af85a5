"""Table to model: fit, predict, checkpoint (the only room that knows torch)."""
