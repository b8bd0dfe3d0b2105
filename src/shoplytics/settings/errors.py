"""What is wrong with the environment, as sentences for a terminal."""

from collections.abc import Sequence


class SettingsError(Exception):
    """Every problem at once, each as `NAME: what is wrong and what is allowed`; none holds a secret."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
