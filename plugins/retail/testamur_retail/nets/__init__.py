"""The networks of the retail domain; the only place in it that imports torch."""
