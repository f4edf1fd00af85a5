"""What must hold, per application and jurisdiction."""
