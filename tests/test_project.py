"""The tree is what Home Assistant, HACS and the package index accept, and its parts agree with each other."""

import ast
import json
import re
import struct
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant import const as home_assistant
from homeassistant.util.package import is_installed
from homeassistant.util.yaml import parse_yaml

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "evmeter"

MANIFEST_REQUIRED = {
    "codeowners",
    "config_flow",
    "dependencies",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "name",
    "requirements",
    "version",
}
MANIFEST_OPTIONAL = {"after_dependencies", "loggers", "single_config_entry"}
HACS_KEYS = {"filename", "hide_default_branch", "homeassistant", "name", "zip_release"}
BRAND_IMAGES = {
    "icon.png": (256, 256),
    "icon@2x.png": (512, 512),
    "logo.png": (356, 128),
    "logo@2x.png": (712, 256),
    "dark_logo.png": (356, 128),
    "dark_logo@2x.png": (712, 256),
}

# Folders that tools make: no part of the project.
MADE_BY_TOOLS = {
    ".demo",
    ".git",
    ".grimp_cache",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "build",
    "dist",
    "htmlcov",
}
# Where packages come from is the business of the machine that installs them.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
]
SWITCHED_OFF_CHECK = re.compile(
    "|".join(("no" + "qa", "type: " + "ignore", "pragma: no " + "cover", r"mark\.(skip|xf" + "ail)"))
)


def project_files(pattern: str = "*") -> Iterator[Path]:
    """Every file of the project, without what tools made."""
    for folder, folders, files in ROOT.walk():
        folders[:] = sorted(set(folders) - MADE_BY_TOOLS)
        yield from (folder / name for name in sorted(files) if Path(name).match(pattern))


def load_object(path: Path) -> dict[str, object]:
    """Read a JSON file that must hold an object."""
    value = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


@pytest.fixture(scope="module")
def manifest() -> dict[str, object]:
    """What the integration says about itself."""
    return load_object(INTEGRATION / "manifest.json")


@pytest.fixture(scope="module")
def library_version() -> str:
    """The version of the library's package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "aioevmeter"
    return str(project["version"])


def test_manifest_has_the_keys_hassfest_knows(manifest: dict[str, object]) -> None:
    """Unknown and missing keys are refused, and so is another order."""
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert set(keys) >= MANIFEST_REQUIRED
    assert set(keys) <= MANIFEST_REQUIRED | MANIFEST_OPTIONAL


def test_manifest_values_are_valid(manifest: dict[str, object]) -> None:
    """Hassfest's and HACS's rules for the values."""
    assert manifest["domain"] == INTEGRATION.name
    assert manifest["integration_type"] == "hub"
    assert manifest["iot_class"] == "local_push"
    assert manifest["config_flow"] is True
    assert str(manifest["documentation"]).startswith("https://")
    assert "home-assistant.io/integrations" not in str(manifest["documentation"])
    assert str(manifest["issue_tracker"]).startswith("https://")
    owners = manifest["codeowners"]
    assert isinstance(owners, list)
    assert owners
    assert all(owner.startswith("@") for owner in owners)


def test_versions_agree(manifest: dict[str, object], library_version: str) -> None:
    """One version for the library, the integration, and what the integration asks for."""
    strategies = [AwesomeVersionStrategy.SEMVER, AwesomeVersionStrategy.CALVER]
    assert AwesomeVersion(str(manifest["version"]), ensure_strategy=strategies) == library_version
    assert manifest["requirements"] == [f"aioevmeter=={library_version}"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(library_version)}\]", changelog, re.MULTILINE)


def test_requirement_counts_as_installed(library_version: str) -> None:
    """Home Assistant finds the library of this checkout and asks for no other."""
    assert is_installed(f"aioevmeter=={library_version}")


def test_device_libraries_are_those_that_home_assistant_asks_for() -> None:
    """Its integrations run in the tests with the libraries, and the versions, that they run with at home."""
    lines = (ROOT / "requirements" / "devices.txt").read_text(encoding="utf-8").splitlines()
    named = [line.partition(":")[2] for line in lines if line.startswith(("# Chargers:", "# Meters:"))]
    domains = re.findall(r"\w+", " ".join(named))
    components = Path(home_assistant.__file__).parent / "components"
    asked: set[object] = set()
    for domain in domains:
        requirements = load_object(components / domain / "manifest.json")["requirements"]
        assert isinstance(requirements, list)
        asked.update(requirements)
    assert domains
    assert {line for line in lines if "==" in line} == asked


def test_hacs_file_is_valid() -> None:
    """HACS knows the keys, and the Home Assistant that the tests use satisfies the floor."""
    hacs = load_object(ROOT / "hacs.json")
    assert set(hacs) <= HACS_KEYS
    assert hacs["name"] == "EV-Meter Load Balancing"
    assert AwesomeVersion(str(hacs["homeassistant"])) <= AwesomeVersion(home_assistant.__version__)


def test_hacs_finds_one_integration() -> None:
    """The repository holds one integration, a licence, and a page that explains it."""
    folders = {path.parent.name for path in (ROOT / "custom_components").glob("*/manifest.json")}
    assert folders == {"evmeter"}
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith("# EV-Meter Load Balancing")
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")


@pytest.mark.parametrize(("name", "size"), BRAND_IMAGES.items())
def test_brand_image_has_its_size(name: str, size: tuple[int, int]) -> None:
    """Home Assistant shows the images of the integration's own folder."""
    content = (INTEGRATION / "brand" / name).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == size


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a translation file with the path of its key."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from texts(part, f"{path}.{key}" if path else key)
    else:
        assert isinstance(value, str), path
        yield path, value


@pytest.mark.parametrize("file", sorted((INTEGRATION / "translations").iterdir()), ids=lambda file: file.stem)
def test_texts_follow_hassfest(file: Path) -> None:
    """No addresses, no markup, no quoted placeholders, no stray blanks; keys in lower case."""
    written = dict(texts(load_object(file)))
    assert written
    for path, text in written.items():
        assert re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", path), path
        assert text == text.strip(), path
        assert text, path
        assert not re.search(r"https?://|<[a-z/]|'\{\w+\}'|\[%key:", text), path


def test_json_and_yaml_files_parse() -> None:
    """Every data file can be read."""
    for path in project_files("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    for pattern in ("*.yaml", "*.yml"):
        for path in project_files(pattern):
            parse_yaml(path.read_text(encoding="utf-8"))


def test_no_file_names_a_registry() -> None:
    """Packages come from wherever the machine at hand gets them."""
    found = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in project_files()
        for host in REGISTRY_HOSTS
        if host.encode() in path.read_bytes()
    ]
    assert found == []


def test_no_check_is_switched_off() -> None:
    """A warning is put right, not silenced."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in project_files("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if SWITCHED_OFF_CHECK.search(line)
    ]
    assert found == []


def test_library_parses_on_its_oldest_python() -> None:
    """The library also runs on Python 3.12, whatever the tests run on."""
    sources = list((ROOT / "evmeter_client").rglob("*.py"))
    assert sources
    for path in sources:
        ast.parse(path.read_text(encoding="utf-8"), filename=str(path), feature_version=(3, 12))


def test_wheel_holds_the_library_alone(tmp_path: Path) -> None:
    """What is published is typed, has its licence, and nothing of the integration."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run([*build, "--outdir", str(tmp_path), str(ROOT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"evmeter_client", "aioevmeter"}
    assert "evmeter_client/py.typed" in names
    assert "evmeter_client/simulator/__init__.py" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
