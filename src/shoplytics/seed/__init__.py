"""The demo: an account that owns two shops with a year of plausible trade, the same for the same moment."""

from shoplytics.seed.demo import DemoReport, DemoStore, load_demo

__all__ = ["DemoReport", "DemoStore", "load_demo"]
