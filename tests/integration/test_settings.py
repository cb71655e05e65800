"""Stored strings and typed settings: each is the other's inverse, and every bad value is named."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, strategies as st

from custom_components.evmeter.balancing.model import (
    ChargerSettings,
    CircuitSettings,
    FuseType,
    Mode,
    Phase,
    SiteSettings,
)
from custom_components.evmeter.settings import (
    ChargerConfig,
    ChargerKind,
    ClampMainsSettings,
    DialectName,
    EntityMainsSettings,
    EVMeterConnection,
    MainsKind,
    PairedChargerSettings,
    PhaseEntities,
    SettingsErrors,
    SimulatedCar,
    SimulatedMainsSettings,
    SiteConfig,
    TemplateChargerSettings,
    TemplateMainsSettings,
    UnmeasuredMainsSettings,
    circuit_to_strings,
    read_car,
    read_circuit,
    read_connection,
    read_seed,
)

from .sites import SITE

TEXT = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20)
CHARGER_ID = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
CHARGER = {"charger": "simulated"}
CONNECTION = {"host": "broker.local", "charger_id": "C1"}


@st.composite
def circuits(draw: st.DrawFn, phase_count: int) -> tuple[CircuitSettings, ...]:
    """Any circuits that can be stored: each one below the mains, or below one that comes before it."""
    built: list[CircuitSettings] = []
    for number in range(draw(st.integers(0, 4))):
        built.append(
            CircuitSettings(
                id=f"circuit{number}",
                rating=draw(st.tuples(*[st.floats(6, 250)] * phase_count)),
                parent=draw(st.sampled_from([None, *(circuit.id for circuit in built)])),
                power_cap=draw(st.none() | st.floats(0, 1e6)),
            )
        )
    return tuple(built)


@st.composite
def sites(draw: st.DrawFn) -> SiteConfig:
    """Any site that can be stored."""
    phase_count = draw(st.sampled_from((1, 3)))
    rating = st.floats(6, 250)
    ratings = tuple(draw(rating) for _ in range(phase_count))
    balancing = SiteSettings(
        fuse_rating=ratings,
        fuse_type=draw(st.sampled_from(FuseType)),
        margin=draw(st.floats(0, min(ratings) - 1)),
        voltage=draw(st.floats(100, 300)),
        mode=draw(st.sampled_from(Mode)),
        derating=draw(st.integers(50, 100)) / 100,
        group_power_cap=draw(st.none() | st.floats(0, 1e6)),
        circuits=draw(circuits(phase_count)),
    )
    reference = st.none() | TEXT
    phase = st.builds(
        PhaseEntities, current=TEXT, power=reference, power_export=reference, voltage=reference
    ) | st.builds(PhaseEntities, power=TEXT)
    entities = st.builds(
        EntityMainsSettings,
        phases=st.tuples(*[phase] * phase_count),
        meter=st.none() | TEXT,
    )
    simulated = st.builds(SimulatedMainsSettings, seed=st.integers(0, 2**31 - 1))
    templates = st.builds(TemplateMainsSettings, templates=st.tuples(*[TEXT] * phase_count))
    without_form = st.builds(ClampMainsSettings) | st.builds(UnmeasuredMainsSettings)
    mains = draw(entities | simulated | templates | without_form)
    return SiteConfig(mains=mains, balancing=balancing)


@st.composite
def chargers(draw: st.DrawFn) -> ChargerConfig:
    """Any charger that can be stored, at a site of three phases."""
    minimum = draw(st.floats(6, 32))
    maximum = draw(st.floats(minimum, 80))
    balancing = ChargerSettings(
        id="subentry",
        wiring=tuple(draw(st.permutations(list(Phase))))[: draw(st.integers(1, 3))],
        min_current=minimum,
        max_current=maximum,
        priority=draw(st.integers(1, 100)),
        circuit=draw(st.none() | TEXT),
        fallback_current=draw(st.just(0.0) | st.floats(minimum, maximum)),
    )
    connection = st.builds(
        EVMeterConnection,
        host=st.sampled_from(("broker.local", "192.0.2.1", "2001:db8::1")),
        charger_id=CHARGER_ID,
        port=st.integers(1, 65535),
        tls=st.booleans(),
        username=st.none() | TEXT,
        password=st.none() | TEXT,
        user_id=st.none() | TEXT,
        token=st.none() | TEXT,
    )
    car = st.builds(SimulatedCar, phases=st.integers(1, 3), current=st.floats(6, 80))
    binary = st.builds(
        EVMeterConnection,
        host=st.just("broker.local"),
        charger_id=st.from_regex(r"[0-9A-F]{12}", fullmatch=True),
        dialect=st.just(DialectName.BLEWIFI),
        user_id=TEXT,
        token=TEXT,
    )
    pair = st.builds(PairedChargerSettings, connection=binary, limit=TEXT, switch=st.none() | TEXT)
    templates = st.builds(
        TemplateChargerSettings,
        set_limit=TEXT,
        pause=st.none() | TEXT,
        state=st.none() | TEXT,
        limit=st.none() | TEXT,
        draws=st.lists(TEXT, max_size=3).map(tuple),
    )
    return ChargerConfig(device=draw(connection | binary | pair | car | templates), balancing=balancing)


@given(sites())
def test_site_survives_being_stored(config: SiteConfig) -> None:
    """What is read back is what was stored, and every stored value is a string."""
    stored = config.to_strings() | config.options_to_strings()
    below = {circuit.id: circuit_to_strings(circuit) for circuit in config.balancing.circuits}
    assert all(isinstance(value, str) for strings in (stored, *below.values()) for value in strings.values())
    assert SiteConfig.from_strings(stored, below) == config


@given(chargers())
def test_charger_survives_being_stored(config: ChargerConfig) -> None:
    """What is read back is what was stored, and every stored value is a string."""
    stored = config.to_strings()
    assert all(isinstance(value, str) for value in stored.values())
    assert ChargerConfig.from_strings("subentry", stored, phase_count=3) == config


@given(st.dictionaries(st.sampled_from([*SITE, "meter", "seed", "voltage", "mode"]), st.text(max_size=8)))
def test_any_strings_give_a_site_or_named_errors(data: dict[str, str]) -> None:
    """Nothing that can be stored makes reading fail in any other way."""
    try:
        config = SiteConfig.from_strings(data)
    except SettingsErrors as error:
        named: tuple[str, ...] = error.keys
    else:
        named = ("none",)
        assert SiteConfig.from_strings(config.to_strings()) == config
    assert named


CHARGER_KEYS = (
    *("charger", "host", "port", "tls", "charger_id", "dialect", "wiring", "max_current"),
    *("limit", "switch", "set_limit", "pause", "draw_template_l1", "draw_template_l3"),
)


@given(st.dictionaries(st.sampled_from(CHARGER_KEYS), TEXT))
def test_any_strings_give_a_charger_or_named_errors(data: dict[str, str]) -> None:
    """Nothing that can be stored makes reading fail in any other way."""
    try:
        config = ChargerConfig.from_strings("subentry", data, phase_count=3)
    except SettingsErrors as error:
        named: tuple[str, ...] = error.keys
    else:
        named = ("none",)
        assert ChargerConfig.from_strings("subentry", config.to_strings(), phase_count=3) == config
    assert named


def test_kinds() -> None:
    """The kind follows from what is stored."""
    known = SiteConfig.from_strings(SITE | {"mains": "known", "meter": "dsmr"})
    assert known.kind is MainsKind.KNOWN
    assert SiteConfig.from_strings(SITE).kind is MainsKind.ENTITIES
    assert SiteConfig.from_strings(SITE | {"mains": "simulated"}).kind is MainsKind.SIMULATED
    simulated = ChargerConfig.from_strings("subentry", CHARGER, phase_count=3)
    assert simulated.kind is ChargerKind.SIMULATED
    real = ChargerConfig.from_strings("subentry", CONNECTION | {"charger": "evmeter"}, phase_count=3)
    assert real.kind is ChargerKind.EVMETER


def test_defaults() -> None:
    """What was not given has the value that most houses have."""
    site = SiteConfig.from_strings({key: SITE[key] for key in SITE if key not in ("margin", "fuse_type")})
    assert (site.balancing.margin, site.balancing.voltage) == (0, 230)
    assert (site.balancing.fuse_type, site.balancing.mode) == (FuseType.B, Mode.BALANCED)
    charger = ChargerConfig.from_strings("subentry", CHARGER | {"min_current": "8"}, phase_count=3).balancing
    assert (charger.min_current, charger.max_current, charger.fallback_current) == (8, 16, 8)
    assert charger.wiring == (Phase.L1, Phase.L2, Phase.L3)
    assert ChargerConfig.from_strings("subentry", CHARGER, phase_count=1).balancing.wiring == (Phase.L1,)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("mains", "", "required"),
        ("mains", "clamp", "invalid_choice"),
        ("phases", "2", "invalid_choice"),
        ("fuse_l2", "", "required"),
        ("fuse_l2", "abc", "invalid_number"),
        ("fuse_l2", "0", "out_of_range"),
        ("fuse_l2", "1e400", "invalid_number"),
        ("margin", "nan", "invalid_number"),
        ("margin", "-1", "out_of_range"),
        ("margin", "25", "out_of_range"),
        ("voltage", "23", "out_of_range"),
        ("fuse_type", "z", "invalid_choice"),
        ("mode", "reckless", "invalid_choice"),
        ("current_l3", " ", "current_or_power"),
    ],
)
def test_bad_site_value_is_named(key: str, value: str, code: str) -> None:
    """One bad value gives one error, at its key."""
    with pytest.raises(SettingsErrors) as raised:
        SiteConfig.from_strings(SITE | {key: value})
    assert raised.value.form_errors() == {key: code}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("charger", "", "required"),
        ("charger", "toaster", "invalid_choice"),
        ("min_current", "5", "out_of_range"),
        ("max_current", "5.9", "out_of_range"),
        ("fallback_current", "3", "out_of_range"),
        ("priority", "0", "out_of_range"),
        ("priority", "1.5", "invalid_number"),
        ("wiring", "L1,L1", "invalid_wiring"),
        ("wiring", "L4", "invalid_wiring"),
        ("wiring", ",", "invalid_wiring"),
        ("car_phases", "4", "out_of_range"),
        ("car_current", "5", "out_of_range"),
        ("car_current", "x", "invalid_number"),
    ],
)
def test_bad_charger_value_is_named(key: str, value: str, code: str) -> None:
    """One bad value gives one error, at its key."""
    data = CHARGER | {"min_current": "6", "max_current": "16"} | {key: value}
    with pytest.raises(SettingsErrors) as raised:
        ChargerConfig.from_strings("subentry", data | (CONNECTION if key == "charger" else {}), phase_count=3)
    assert raised.value.form_errors() == {key: code}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("host", "", "required"),
        ("host", "mqtt://broker", "invalid_host"),
        ("charger_id", "", "required"),
        ("charger_id", "a/b", "invalid_charger_id"),
        ("port", "0", "out_of_range"),
        ("port", "x", "invalid_number"),
        ("tls", "maybe", "invalid_choice"),
        ("dialect", "morse", "invalid_choice"),
    ],
)
def test_bad_connection_value_is_named(key: str, value: str, code: str) -> None:
    """One bad value gives one error, at its key."""
    with pytest.raises(SettingsErrors) as raised:
        read_connection(CONNECTION | {key: value})
    assert raised.value.form_errors() == {key: code}


def test_the_binary_dialect_needs_its_user() -> None:
    """Its charger id is a MAC, and it has a user id and a token."""
    with pytest.raises(SettingsErrors) as raised:
        read_connection(CONNECTION | {"dialect": "blewifi"})
    assert raised.value.form_errors() == {
        "charger_id": "invalid_charger_id",
        "user_id": "required",
        "token": "required",
    }
    given_all = {"dialect": "blewifi", "charger_id": "24:0a:c4:00:00:01", "user_id": "u", "token": "t"}
    assert read_connection(CONNECTION | given_all).dialect is DialectName.BLEWIFI


def test_only_a_charger_that_cannot_be_limited_is_paired() -> None:
    """With the binary dialect, and with a number: a switch alone is none."""
    binary = CONNECTION | {"charger_id": "240AC4000001", "dialect": "blewifi", "user_id": "u", "token": "t"}
    for data, errors in (
        (CONNECTION | {"limit": "a"}, {"limit": "limits_itself"}),
        (CONNECTION | {"switch": "b"}, {"switch": "limits_itself"}),
        (binary | {"switch": "b"}, {"limit": "required"}),
    ):
        with pytest.raises(SettingsErrors) as raised:
            read_connection(data)
        assert raised.value.form_errors() == errors
    pair = {"charger": "evmeter", "limit": "a", "switch": "b"}
    config = ChargerConfig.from_strings("subentry", binary | pair, phase_count=3)
    assert config.kind is ChargerKind.EVMETER
    assert isinstance(config.device, PairedChargerSettings)
    assert (config.device.limit, config.device.switch) == ("a", "b")
    assert config.device.connection == read_connection(binary | pair)


def test_the_port_follows_from_tls() -> None:
    """Without encryption it is another one."""
    assert read_connection(CONNECTION).port == 8883
    assert read_connection(CONNECTION | {"tls": "false"}).port == 1883


def test_every_bad_value_is_reported_at_once() -> None:
    """A form shows all errors, not one after the other."""
    with pytest.raises(SettingsErrors) as raised:
        SiteConfig.from_strings(SITE | {"fuse_l1": "abc", "fuse_l2": "0", "margin": "nan", "voltage": "5"})
    assert raised.value.form_errors() == {
        "fuse_l1": "invalid_number",
        "fuse_l2": "out_of_range",
        "margin": "invalid_number",
        "voltage": "out_of_range",
    }
    assert "fuse_l2: must be between 6 and 250, is 0" in str(raised.value)


def test_answers_of_forms() -> None:
    """The parts of the settings that a form asks for can be read alone."""
    assert read_seed({"seed": "7"}) == 7
    assert read_car({"car_phases": "1", "car_current": "32"}) == {"car_phases": "1", "car_current": "32"}
    with pytest.raises(SettingsErrors):
        read_seed({"seed": "-1"})
    with pytest.raises(SettingsErrors):
        read_car({"car_phases": "x"})


def test_secrets_are_never_shown() -> None:
    """Neither the settings nor their errors repeat a secret."""
    secrets = {"password": "hush", "user_id": "hush-user", "token": "hush-token"}
    connection = read_connection(CONNECTION | secrets)
    assert "hush" not in repr(connection)
    assert "hush" not in repr(replace(connection, port=1))
    with pytest.raises(SettingsErrors) as raised:
        read_connection(CONNECTION | secrets | {"dialect": "blewifi", "port": "x"})
    assert "hush" not in str(raised.value)
    assert {field.name for field in fields(connection) if not field.repr} == set(secrets)


CIRCUIT = {"fuse_l1": "20"}


def test_a_circuit_of_one_rating() -> None:
    """The ratings that are not given are that of L1, on as many phases as the site has."""
    assert read_circuit("garage", CIRCUIT, 3).rating == (20, 20, 20)
    assert read_circuit("garage", CIRCUIT | {"fuse_l3": "16"}, 3).rating == (20, 20, 16)
    assert read_circuit("garage", CIRCUIT | {"fuse_l3": "16"}, 1).rating == (20,)


def test_every_bad_value_of_a_circuit_is_named() -> None:
    """All at once, as a form shows them."""
    with pytest.raises(SettingsErrors) as raised:
        read_circuit("garage", {"fuse_l1": "5", "fuse_l2": "x", "fuse_l3": "251", "power_cap": "-1"}, 3)
    assert raised.value.form_errors() == {
        "fuse_l1": "out_of_range",
        "fuse_l2": "invalid_number",
        "fuse_l3": "out_of_range",
        "power_cap": "out_of_range",
    }
    with pytest.raises(SettingsErrors) as raised:
        read_circuit("garage", {}, 3)
    assert raised.value.form_errors() == {"fuse_l1": "required"}


@pytest.mark.parametrize(
    ("parents", "kept"),
    [
        ({"a": "gone"}, {"a": None}),
        ({"a": "b", "b": "gone"}, {"a": "b", "b": None}),
        ({"a": "a"}, {"a": None}),
        ({"a": "b", "b": "a"}, {"a": None, "b": None}),
        ({"a": "b", "b": "c", "c": "b"}, {"a": "b", "b": None, "c": None}),
    ],
)
def test_a_circuit_without_a_place(parents: dict[str, str], kept: dict[str, str | None]) -> None:
    """Where the circuit above was removed, or is below itself, the mains are above; its fuse still counts."""
    stored = {name: CIRCUIT | {"parent": parent} for name, parent in parents.items()}
    site = SiteConfig.from_strings(SITE, stored).balancing
    assert {circuit.id: circuit.parent for circuit in site.circuits} == kept
    assert {circuit.rating for circuit in site.circuits} == {(20, 20, 20)}
