"""The mutants still fit the code; whether each is caught, `make prove` tells."""

import importlib

import pytest

from tests.proofs.mutants import ROOT, all_mutants, mutated
from tests.proofs.proof import Mutant


def name_of(mutant: Mutant) -> str:
    return f"{mutant.promise}-{mutant.says}"


class TestMutants:
    @pytest.mark.parametrize("mutant", all_mutants(), ids=name_of)
    def test_has_its_place_and_its_proof(self, mutant: Mutant) -> None:
        text = (ROOT / mutant.file).read_text()
        assert mutated(mutant, text) != text
        file, *names = mutant.node.partition("[")[0].split("::")
        found: object = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        for name in names:
            found = getattr(found, name)
        assert callable(found)

    def test_are_refused_where_their_place_is_gone_or_doubtful(self) -> None:
        mutant = Mutant(promise="I0", says="a mistake", file="x", old="old", new="new", test="x")
        assert mutated(mutant, "an old text") == "an new text"
        for text in ("nothing", "old and old"):
            with pytest.raises(ValueError, match="found"):
                mutated(mutant, text)
