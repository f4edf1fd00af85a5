"""The checks of the education domain."""
