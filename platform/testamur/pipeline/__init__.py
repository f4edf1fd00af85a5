"""The walk of a job: load, split, fit, predict, audit, judge, report, seal."""
