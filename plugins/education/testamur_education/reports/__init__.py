"""What the report pages of the education domain are made from."""
