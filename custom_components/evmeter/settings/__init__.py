"""The strings stored in a config entry <-> typed settings, both ways.

Everything stored is a string (``"25"``, ``"true"``, ``"L2,L3,L1"``, an entity registry id); a key that is
absent was not given. Every value that cannot be used is reported, not just the first, so that a form can show
each error at its field.
"""

from ..exceptions import BadSettingError, ErrorCode, SettingsErrors
from .charger import ChargerConfig, connection_to_strings, read_car, read_connection
from .entities import (
    CHARGER_DRAWS,
    DRAW_TEMPLATES,
    charger_entities_to_strings,
    charger_templates_to_strings,
    entities_to_strings,
    read_entity_charger,
    read_template_charger,
)
from .model import (
    ChargerKind,
    ClampMainsSettings,
    DialectName,
    EntityChargerSettings,
    EntityMainsSettings,
    EVMeterConnection,
    MainsKind,
    PairedChargerSettings,
    PhaseEntities,
    SimulatedCar,
    SimulatedMainsSettings,
    TemplateChargerSettings,
    TemplateMainsSettings,
    UnmeasuredMainsSettings,
)
from .reader import TRUE, number_to_string
from .site import SiteConfig, above, circuit_to_strings, read_circuit, read_seed

__all__ = [
    "CHARGER_DRAWS",
    "DRAW_TEMPLATES",
    "TRUE",
    "BadSettingError",
    "ChargerConfig",
    "ChargerKind",
    "ClampMainsSettings",
    "DialectName",
    "EVMeterConnection",
    "EntityChargerSettings",
    "EntityMainsSettings",
    "ErrorCode",
    "MainsKind",
    "PairedChargerSettings",
    "PhaseEntities",
    "SettingsErrors",
    "SimulatedCar",
    "SimulatedMainsSettings",
    "SiteConfig",
    "TemplateChargerSettings",
    "TemplateMainsSettings",
    "UnmeasuredMainsSettings",
    "above",
    "charger_entities_to_strings",
    "charger_templates_to_strings",
    "circuit_to_strings",
    "connection_to_strings",
    "entities_to_strings",
    "number_to_string",
    "read_car",
    "read_circuit",
    "read_connection",
    "read_entity_charger",
    "read_seed",
    "read_template_charger",
]
