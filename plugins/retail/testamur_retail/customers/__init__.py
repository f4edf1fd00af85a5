"""Customers: value and churn from their purchases, segments, offers."""
