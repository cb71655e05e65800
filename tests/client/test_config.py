"""A configuration is checked when it is made, and each fault is found at its name."""

import ssl

import pytest

from evmeter_client import (
    BlewifiDialect,
    EVMeterConfig,
    EVMeterConfigError,
    JsonDialect,
    MqttVersion,
    create_dialect,
)

USER_ID = "123e4567-e89b-12d3-a456-426614174000"
PASSWORD = "correct horse"

FAULTS: list[tuple[str, object]] = [
    ("host", ""), ("host", " "), ("host", "a\x00b"), ("host", "a" * 64), ("host", "a..b"), ("host", "\ud800"),
    ("host", None), ("host", 7), ("host", "a\nb"),
    ("port", 0), ("port", 65_536), ("port", "1883"), ("port", True), ("port", 1883.0),
    ("tls", None), ("tls", "yes"),
    ("tls_context", "context"),
    ("username", "\x00"), ("username", "\ud800"), ("username", 7), ("username", "x" * 65_536),
    ("password", "\ud800"),
    ("dialect", "json"), ("dialect", None),
    ("mqtt_version", "5.0"), ("mqtt_version", None),
    ("request_timeout", 0), ("request_timeout", -1), ("request_timeout", float("nan")),
    ("request_timeout", float("inf")), ("request_timeout", "10"), ("request_timeout", True),
    ("keepalive", 0), ("keepalive", 65_536), ("keepalive", 30.0),
    ("qos", 3), ("qos", -1), ("qos", True),
    ("max_in_flight", 0), ("max_payload", 0), ("max_payload", 65_537),
    ("backoff_base", 0), ("backoff_cap", 0.5), ("healthy_after", 0),
    ("client_id", "\x00"),
]  # fmt: skip


def config_with(key: str, value: object) -> EVMeterConfig:
    """Make a configuration with one value that no type checker would let through."""
    make: object = EVMeterConfig
    assert callable(make)
    made = make(**{"host": "broker", "username": "user", key: value})
    assert isinstance(made, EVMeterConfig)
    return made


def test_the_defaults_are_safe() -> None:
    config = EVMeterConfig(host="broker.local")
    assert config.port == 8883
    assert config.tls
    assert config.dialect == JsonDialect()


@pytest.mark.parametrize(("key", "value"), FAULTS, ids=lambda value: ascii(value)[:20])
def test_every_fault_is_found_at_its_name(key: str, value: object) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        config_with(key, value)
    assert caught.value.key == key


def test_blewifi_is_mqtt_3_1_1_only() -> None:
    dialect = BlewifiDialect(USER_ID, bytes(48))
    EVMeterConfig(host="broker", dialect=dialect, mqtt_version=MqttVersion.V3_1_1)
    with pytest.raises(EVMeterConfigError) as caught:
        EVMeterConfig(host="broker", dialect=dialect, mqtt_version=MqttVersion.V5)
    assert caught.value.key == "mqtt_version"


def test_a_password_needs_a_user_name() -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        EVMeterConfig(host="broker", password=PASSWORD)
    assert caught.value.key == "username"
    assert PASSWORD not in str(caught.value)


def test_a_tls_context_without_tls_is_a_mistake() -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        EVMeterConfig(host="broker", tls=False, tls_context=ssl.create_default_context())
    assert caught.value.key == "tls_context"


@pytest.mark.parametrize("host", ["broker.local", "192.0.2.7", "2001:db8::7", "bücher.example"])
def test_names_and_addresses_are_hosts(host: str) -> None:
    assert EVMeterConfig(host=host).host == host


def test_secrets_are_not_shown() -> None:
    dialect = BlewifiDialect(USER_ID, b"\xab" * 48)
    config = EVMeterConfig(host="broker", username="user", password=PASSWORD, dialect=dialect)
    for secret in (PASSWORD, USER_ID, "abab", "xab"):
        assert secret not in repr(config)


def test_dialects_are_made_by_name_from_strings() -> None:
    assert create_dialect("json", {}) == JsonDialect()
    blewifi = create_dialect("blewifi", {"user_id": USER_ID, "token": "ab" * 48})
    assert blewifi == BlewifiDialect(USER_ID, b"\xab" * 48)


@pytest.mark.parametrize("name", ["", "JSON", "modbus"])
def test_an_unknown_dialect_is_refused(name: str) -> None:
    with pytest.raises(EVMeterConfigError) as caught:
        create_dialect(name, {})
    assert caught.value.key == "dialect"
