"""Every figure we claim, measured on real processes beside a floor: `python -m benchmarks`.

The floor is what the same framework, driver and codec cost without us: bare Litestar, asyncpg and msgspec
running the very same SQL. Both are measured in turns in one run, so a busy machine slows both alike. Of the
figures, CPU per request moves least from run to run. A benchmark is no test: it always exits with 0.
"""
