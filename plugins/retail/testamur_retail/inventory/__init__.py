"""Stock: demand paths, order levels, what they cost on held-out days."""
