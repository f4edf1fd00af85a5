"""Early warning of low and high glucose from a continuous monitor."""
