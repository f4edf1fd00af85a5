"""What must hold in the education domain, set by whom and why."""
