"""The pages that the domain's users came for."""
