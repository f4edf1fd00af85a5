"""The networks of the finance domain: the only modules that import torch."""
