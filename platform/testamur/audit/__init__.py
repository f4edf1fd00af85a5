"""Model to findings: one file per family of checks, intervals, the judge (numpy, no torch)."""
