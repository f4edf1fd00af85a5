"""Differential item functioning: is an item harder for a group of equal ability."""
