"""Clinical risk: the second cohort, what TRIPOD+AI asks, and the page for the clinician."""
