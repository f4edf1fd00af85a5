"""Hook specifications and the registry: the only room that knows pluggy."""
