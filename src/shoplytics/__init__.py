"""Shoplytics: a shop backend and the numbers that run it."""
