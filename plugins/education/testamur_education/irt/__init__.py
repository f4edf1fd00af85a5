"""Item response theory: two parameters per item, one ability per person."""
