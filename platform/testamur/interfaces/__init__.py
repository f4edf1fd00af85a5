"""The ways in for people: the command line (`cli`) and Python (`python`)."""
