"""The import contracts of pyproject.toml: each breaks on a small tree with one wrong import planted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SOUND = {
    "__init__.py": "",
    "api.py": "from shoplytics import bootstrap",
    "cli.py": "from shoplytics import bootstrap",
    "bootstrap.py": "from shoplytics.modules.sales import module\nfrom shoplytics.adapters import postgres",
    "settings.py": "",
    "adapters/__init__.py": "",
    "adapters/postgres/__init__.py": "",
    "adapters/postgres/orders.py": "import asyncpg\nfrom shoplytics.modules.sales import domain",
    "adapters/redis/__init__.py": "",
    "adapters/redis/cache.py": "from shoplytics.ports import cache",
    "ports/__init__.py": "",
    "ports/cache.py": "from shoplytics.kernel import money",
    "kernel/__init__.py": "",
    "kernel/errors.py": "",
    "kernel/money.py": "from shoplytics.kernel import errors",
    "modules/__init__.py": "",
    "modules/catalog/__init__.py": "",
    "modules/catalog/domain.py": "",
    "modules/catalog/module.py": "",
    "modules/sales/__init__.py": "",
    "modules/sales/domain.py": "from shoplytics.kernel import money",
    "modules/sales/module.py": "from shoplytics.modules.sales import routes",
    "modules/sales/routes.py": "import litestar\nfrom shoplytics.modules.sales import service",
    "modules/sales/service/__init__.py": "from shoplytics.modules.sales.service import place",
    "modules/sales/service/place.py": "from shoplytics.modules.sales import domain",
}

PLANTED = [
    ("floors", "adapters/redis/cache.py", "from shoplytics import settings"),
    ("floors", "api.py", "from shoplytics import cli"),
    ("floors", "helpers.py", ""),
    (
        "independent-modules",
        "modules/sales/service/place.py",
        "from shoplytics.modules.catalog import domain",
    ),
    ("independent-adapters", "adapters/redis/cache.py", "from shoplytics.adapters.postgres import orders"),
    ("inside-a-module", "modules/sales/domain.py", "from shoplytics.modules.sales import service"),
    ("inside-a-module", "modules/sales/utils.py", ""),
    ("no-framework-inside", "modules/sales/service/place.py", "import sqlalchemy.orm"),
    ("no-framework-inside", "ports/cache.py", "import redis.asyncio"),
    ("plain-domains", "modules/sales/domain.py", "from shoplytics.ports import cache"),
    ("who-imports-modules", "api.py", "from shoplytics.modules.sales import service"),
    ("who-imports-modules", "adapters/redis/cache.py", "from shoplytics.modules.sales import domain"),
    ("no-cycles", "kernel/errors.py", "from shoplytics.kernel import money"),
]


def _lint(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            Path(sys.executable).parent / "lint-imports",
            "--no-cache",
            "--config",
            ROOT / "pyproject.toml",
            *(part for contract in contracts for part in ("--contract", contract)),
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, source in SOUND.items():
        file = tmp_path / "shoplytics" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source + "\n")
    return tmp_path


class TestImportContracts:
    def test_keep_a_sound_tree(self, tree: Path) -> None:
        result = _lint(tree)
        assert result.returncode == 0, result.stdout + result.stderr

    @pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
    def test_break_on_a_wrong_import(self, tree: Path, contract: str, file: str, line: str) -> None:
        planted = tree / "shoplytics" / file
        planted.write_text(f"{SOUND.get(file, '')}\n{line}\n")
        result = _lint(tree, contract)
        assert result.returncode == 1
        assert "1 broken" in result.stdout, result.stdout + result.stderr
