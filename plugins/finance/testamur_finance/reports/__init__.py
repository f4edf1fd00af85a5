"""What the insight pages are made from."""
