"""`python -m benchmarks`: all of them on one stage, one table."""

from benchmarks import analytics, catalogue_files, checkout, imports, products, seeding, sign_in, start, track
from benchmarks.stage import run

if __name__ == "__main__":
    run(
        seeding.rows,
        products.rows,
        track.rows,
        checkout.rows,
        imports.rows,
        analytics.rows,
        sign_in.rows,
        start.rows,
        catalogue_files.rows,
    )
