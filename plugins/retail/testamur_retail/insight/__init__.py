"""What the domain's users read: the buyer's, the merchandiser's and the marketer's page."""
