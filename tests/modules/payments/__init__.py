"""Payments over HTTP and in workers."""
