"""What Home Assistant's own integrations say about their sensors, read from the installed source.

Run as a program with the domains to read, because reading needs modules that stand in for the libraries of
devices, which are not installed: they must not be seen by any other test. Prints JSON.
"""

import importlib
import importlib.abc
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final, Self, override

import homeassistant.components
from homeassistant.components.sensor import SensorEntityDescription

ROOT: Final = Path(__file__).parent.parent.parent
CORE: Final = Path(homeassistant.components.__path__[0])

LIBRARIES: Final = frozenset(
    {
        "aio_wattwaechter",
        "aioshelly",
        "bitvis_protobuf",
        "bluecurrent_api",
        "earn_e_p1",
        "fronius_modbus",
        "homewizard_energy",
        "iometer",
        "lektricowifi",
        "modbus_connection",
        "p1monitor",
        "pydiscovergy",
        "pyenphase",
        "pyfronius",
        "pyiskra",
        "pymodbus",
        "pysma",
        "sml",
        "tibber",
        "youless_api",
    }
)
"""Libraries that talk to devices: where one is not installed, something stands in for it."""


SENSOR_DESCRIPTIONS: Final = (SensorEntityDescription, type(SensorEntityDescription(key="")))
"""The class, and that of its own instances: Home Assistant makes a hidden one for those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an integration says about a sensor.

    Attributes:
        names: key, translation key and name, and for parts of a component ``component:0-part``.
        device_class: what it measures.
        unit: None where the device tells it.
    """

    names: frozenset[str]
    device_class: str | None
    unit: str | None

    @classmethod
    def of(cls, description: SensorEntityDescription) -> Self:
        """Take what matters from a description."""
        names = {description.key, description.translation_key, description.name}
        part = getattr(description, "sub_key", None)
        if part is not None:
            names.add(f"{description.key}:0-{part}")
        return cls(
            names=frozenset(name for name in names if isinstance(name, str)),
            device_class=description.device_class,
            unit=description.native_unit_of_measurement,
        )


def read_descriptions(domains: Iterable[str]) -> dict[str, list[Description]]:
    """Return the descriptions of the sensors of integrations, by domain; a process of its own reads them."""
    command = [sys.executable, "-m", "tests.integration.core_descriptions", *sorted(set(domains))]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    read: dict[str, list[dict[str, list[str] | str | None]]] = json.loads(result.stdout)
    return {domain: [_from_json(item) for item in items] for domain, items in read.items()}


def _from_json(item: Mapping[str, list[str] | str | None]) -> Description:
    device_class, unit = item["device_class"], item["unit"]
    return Description(
        names=frozenset(item["names"] or ()),
        device_class=device_class if isinstance(device_class, str) else None,
        unit=unit if isinstance(unit, str) else None,
    )


class _StandsIn(type):
    """Class of names from a library that is not there: every part of one is another, always the same."""

    def __getattr__(cls, name: str) -> _StandsIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(f"{cls.__name__}.{name}")

    def __getitem__(cls, key: object) -> _StandsIn:
        return _stand_in(f"{cls.__name__}[{key}]")

    def __iter__(cls) -> Iterator[_StandsIn]:
        return iter(())


@cache
def _stand_in(name: str) -> _StandsIn:
    """Return what stands in for a name, always the same."""
    return _StandsIn(name, (), {"__init__": _take_anything})


def _take_anything(_self: object, *_args: object, **_named: object) -> None:
    """Make an instance, whatever it is made from."""


class _Module(ModuleType):
    """A module of a library that is not there."""

    @override
    def __getattr__(self, name: str) -> _StandsIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(f"{self.__name__}.{name}")


class _Finder:
    """Finds modules of libraries that nothing else has found."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a module to stand in, None for one that is to be missed."""
        return (
            ModuleSpec(name, _Loader(), is_package=True)
            if name.split(".", maxsplit=1)[0] in LIBRARIES
            else None
        )


class _Loader(importlib.abc.Loader):
    @override
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    @override
    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


def _descriptions(value: object) -> Iterator[SensorEntityDescription]:
    """Return the descriptions of sensors in a module's variable, however deep."""
    if isinstance(value, SENSOR_DESCRIPTIONS):
        yield value
    elif isinstance(value, Mapping):
        yield from _descriptions(tuple(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _descriptions(item)


def _main(domains: Sequence[str]) -> None:
    sys.meta_path.append(_Finder())
    read = {}
    for domain in domains:
        module = importlib.import_module(f"homeassistant.components.{domain}.sensor")
        found = [Description.of(item) for item in _descriptions(tuple(vars(module).values()))]
        read[domain] = [asdict(item) | {"names": sorted(item.names)} for item in found]
    json.dump(read, sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1:])
