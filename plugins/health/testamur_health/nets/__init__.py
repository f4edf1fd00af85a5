"""The health domain's networks: the only modules of the plugin that import torch."""
