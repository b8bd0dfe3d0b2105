"""How long the demo takes to load into an empty database: `python -m benchmarks.seeding`."""

from benchmarks.stage import Stage, run
from benchmarks.table import Row

MOST_SECONDS = 20


async def rows(stage: Stage) -> list[Row]:
    """Measured when the stage was built, with nothing else running."""
    return [
        Row(
            figure="demo: a year of two shops",
            ours=stage.demo.seconds,
            unit="s",
            target=MOST_SECONDS,
            less_is_better=True,
        )
    ]


if __name__ == "__main__":
    run(rows)
