"""The shelf: what is recommended to whom, and what is shown at all."""
