"""The networks of the education domain; the only modules that import torch."""
