"""Which exercise is done, from a watch on the wrist."""
