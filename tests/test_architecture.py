"""The walls between the parts hold, and each falls when it is breached."""

import shutil
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import grimp
import pytest

ROOT = Path(__file__).parent.parent
INTEGRATION = "custom_components/evmeter"
PACKAGES = ("evmeter_client", "custom_components")
LONGEST_FILE = 400
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


class Breach(NamedTuple):
    """An import that must not be, and the wall that must notice."""

    contract: str
    importer: str
    line: str


BREACHES = [
    Breach("library", "evmeter_client/models.py", "import homeassistant.core"),
    Breach("library", "evmeter_client/simulator/house.py", "import custom_components.evmeter.const"),
    Breach("simulator", "evmeter_client/session.py", "import evmeter_client.simulator.house"),
    Breach("simulator", "evmeter_client/client.py", "import evmeter_client.cli.output"),
    Breach("simulator", "evmeter_client/simulator/house.py", "import evmeter_client.cli.output"),
    Breach("command-line", "evmeter_client/session.py", "import rich.console"),
    Breach("command-line", "evmeter_client/simulator/house.py", "import typer"),
    Breach("command-line", f"{INTEGRATION}/coordinator.py", "import rich.table"),
    Breach("control-law", f"{INTEGRATION}/balancing/model.py", "import homeassistant.util.dt"),
    Breach("control-law", f"{INTEGRATION}/balancing/balancer.py", "import asyncio"),
    Breach("control-law", f"{INTEGRATION}/balancing/fuse.py", "import time"),
    Breach("control-law", f"{INTEGRATION}/balancing/model.py", "import evmeter_client.models"),
    Breach("control-law", f"{INTEGRATION}/balancing/model.py", "import custom_components.evmeter.const"),
    Breach("wiring", f"{INTEGRATION}/wiring/evidence.py", "import homeassistant.util.dt"),
    Breach("wiring", f"{INTEGRATION}/wiring/observer.py", "import time"),
    Breach("wiring", f"{INTEGRATION}/wiring/learning.py", "import custom_components.evmeter.const"),
    Breach(
        "wiring", f"{INTEGRATION}/wiring/detection.py", "import custom_components.evmeter.balancing.balancer"
    ),
    Breach("one-way", f"{INTEGRATION}/balancing/model.py", "import custom_components.evmeter.wiring.steps"),
    Breach("one-way", f"{INTEGRATION}/mains/base.py", "import custom_components.evmeter.chargers.base"),
    Breach("one-way", f"{INTEGRATION}/chargers/base.py", "import custom_components.evmeter.mains.base"),
    Breach("one-way", f"{INTEGRATION}/chargers/base.py", "import custom_components.evmeter.coordinator"),
    Breach("one-way", f"{INTEGRATION}/mains/base.py", "import custom_components.evmeter.sensor"),
    Breach("one-way", f"{INTEGRATION}/coordinator.py", "import custom_components.evmeter.entity"),
    Breach("one-way", f"{INTEGRATION}/limit_writer.py", "import custom_components.evmeter.coordinator"),
    Breach("one-way", f"{INTEGRATION}/settings/model.py", "import custom_components.evmeter.mains.base"),
    Breach("entities", f"{INTEGRATION}/sensor.py", "import custom_components.evmeter.mains.base"),
    Breach("entities", f"{INTEGRATION}/entity.py", "import custom_components.evmeter.chargers.base"),
    Breach("entities", f"{INTEGRATION}/number.py", "import custom_components.evmeter.balancing.balancer"),
    Breach(
        "entities",
        f"{INTEGRATION}/site_sensors.py",
        "from custom_components.evmeter.balancing import Balancer",
    ),
    Breach("no-cycles", "evmeter_client/models.py", "import evmeter_client.dialects.base"),
    Breach("product", "evmeter_client/client.py", "import tests.client"),
]


def lint_imports(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the project in a folder."""
    return subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def import_graph() -> grimp.ImportGraph:
    """Every import in the product, as a graph."""
    return grimp.build_graph(*PACKAGES, cache_dir=None)


@pytest.fixture(scope="module")
def copied_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the product to break."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_walls_hold() -> None:
    """No part imports what it must not know."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.contract}: {breach.line}")
def test_wall_notices_breach(copied_project: Path, breach: Breach) -> None:
    """One forbidden import is enough for the check to fail, and to name its place."""
    importer = copied_project / breach.importer
    intact = importer.read_text()
    importer.write_text(f"{intact}\n{breach.line}\n")
    try:
        result = lint_imports(copied_project, "--contract", breach.contract)
    finally:
        importer.write_text(intact)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "0 kept, 1 broken" in result.stdout
    assert Path(breach.importer).stem in result.stdout


def test_no_module_imports_itself_in_a_circle(import_graph: grimp.ImportGraph) -> None:
    """Modules can be put in an order in which each imports only earlier ones."""
    dependencies = {
        module: import_graph.find_modules_directly_imported_by(module) for module in import_graph.modules
    }
    TopologicalSorter(dependencies).prepare()


def test_every_entity_module_is_behind_the_wall(import_graph: grimp.ImportGraph) -> None:
    """A new platform, or a new module that entities are described in, must be named in the contract."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (entities,) = (contract for contract in contracts if contract["id"] == "entities")
    entity = f"{INTEGRATION.replace('/', '.')}.entity"
    assert {entity, *import_graph.find_downstream_modules(entity)} == set(entities["source_modules"])


def test_no_file_is_long() -> None:
    """A file that grows beyond one idea is split."""
    folders = (*PACKAGES, "scripts", "tests")
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length >= LONGEST_FILE} == {}
