"""The datasets of the education domain, one module each."""
