"""Everything the code says has its text, and no text is left that nobody says."""

import ast
import json
import re
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import ConfigFlow, ConfigSubentryFlow, OptionsFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.selector import SelectSelector
from probatio import to_field_list
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.evmeter.balancing.model import MainsReading, Phase
from custom_components.evmeter.chargers import CHARGERS
from custom_components.evmeter.config_flow import EVMeterConfigFlow
from custom_components.evmeter.const import DOMAIN, SUBENTRY_CHARGER, SUBENTRY_CIRCUIT
from custom_components.evmeter.exceptions import ErrorCode
from custom_components.evmeter.flow import forms, live
from custom_components.evmeter.flow.charger import ChargerSubentryFlow
from custom_components.evmeter.flow.circuit import circuit_form
from custom_components.evmeter.flow.credentials import CREDENTIALS_FORM
from custom_components.evmeter.flow.detection import TELLING
from custom_components.evmeter.flow.options import OPTIONS_FORM, SiteOptionsFlow
from custom_components.evmeter.mains import Quantity, SourceProblem, SourceView, TooSlow
from custom_components.evmeter.settings import ChargerKind, MainsKind
from custom_components.evmeter.wiring import DetectionFailure, DetectionOutcome

from .flows import SIMULATED_CHARGER, SIMULATED_SITE
from .source_code import INTEGRATION, calls, constants
from .texts import load, placeholders, texts

ENGLISH = load("en")
ICONS: dict[str, Any] = json.loads((INTEGRATION / "icons.json").read_text(encoding="utf-8"))

SITE_TEXTS = ENGLISH["config"]
CHARGER_TEXTS = ENGLISH["config_subentries"][SUBENTRY_CHARGER]
CIRCUIT_TEXTS = ENGLISH["config_subentries"][SUBENTRY_CIRCUIT]
OPTIONS_TEXTS = ENGLISH["options"]

EVERY_FORM = {ErrorCode.REQUIRED, ErrorCode.INVALID_NUMBER, ErrorCode.OUT_OF_RANGE, ErrorCode.INVALID_CHOICE}
CONNECTION_ERRORS = {
    ErrorCode.INVALID_VALUE,
    ErrorCode.CANNOT_CONNECT,
    ErrorCode.INVALID_AUTH,
    ErrorCode.TIMEOUT,
    ErrorCode.UNKNOWN_CHARGER,
    ErrorCode.PROTOCOL,
}
SITE_ERRORS = {
    *EVERY_FORM,
    *CONNECTION_ERRORS,
    ErrorCode.ENTITY_NOT_FOUND,
    ErrorCode.METER_NOT_FOUND,
    ErrorCode.CURRENT_OR_POWER,
    ErrorCode.INVALID_TEMPLATE,
    ErrorCode.TEMPLATE_WITHOUT_SENSOR,
}
CHARGER_ERRORS = {
    *EVERY_FORM,
    *CONNECTION_ERRORS,
    ErrorCode.INVALID_WIRING,
    ErrorCode.INVALID_HOST,
    ErrorCode.INVALID_CHARGER_ID,
    ErrorCode.ENTITY_NOT_FOUND,
    ErrorCode.CHARGER_NOT_FOUND,
    ErrorCode.WRONG_UNIT,
    ErrorCode.CANNOT_PAUSE,
    ErrorCode.LIMITS_ITSELF,
    ErrorCode.INVALID_ACTION,
    ErrorCode.INVALID_TEMPLATE,
    ErrorCode.TEMPLATE_WITHOUT_SENSOR,
}

PROGRESS = {"restart"}
DETECTION_ANSWERS = {
    *(f"detection_{failure}" for failure in DetectionFailure if failure is not DetectionFailure.ONE_PHASE),
    *(f"detection_{outcome}" for outcome in DetectionOutcome if outcome not in TELLING),
}
CHARGER_PROGRESS = PROGRESS | {"detect"}


def steps(flow: type[ConfigFlow | ConfigSubentryFlow | OptionsFlow]) -> set[str]:
    """The forms of a flow; changing something uses the same ones, and waiting is no form."""
    prefix = "async_step_"
    own = {name.removeprefix(prefix) for name in vars(flow) if name.startswith(prefix)}
    return own - {"reconfigure", "reauth"} - CHARGER_PROGRESS


LOOK = live.MainsLook(
    sources=(
        SourceView(
            phase=Phase.L1,
            quantity=Quantity.CURRENT,
            entity_id="sensor.l1",
            value=None,
            unit=None,
            age=60,
            period=60,
            resolution=1,
            problem=SourceProblem.UNAVAILABLE,
        ),
    ),
    reading=MainsReading(current=(5.0,), measured_at=(0.0,), resolution=1.0),
)
TOO_SLOW = TooSlow(option="time_between_update", seconds=30, advised=5)


def site_forms(hass: HomeAssistant) -> dict[str, vol.Schema]:
    """Every form of the site flow."""
    return {
        "user": forms.source_form({}, {}, {}),
        "enable": forms.ENABLE_FORM,
        "entities": forms.mains_form(hass, MainsKind.ENTITIES, {}),
        "template": forms.mains_form(hass, MainsKind.TEMPLATE, {}),
        "simulated": forms.mains_form(hass, MainsKind.SIMULATED, {}),
        "live": live.live_form(LOOK, TOO_SLOW),
        "fuse": forms.FUSE_FORM,
        "reauth_confirm": CREDENTIALS_FORM,
    }


def charger_forms(hass: HomeAssistant) -> dict[str, vol.Schema]:
    """Every form of the charger flow."""
    kinds = {str(kind): CHARGERS[kind].fields(hass, {}, len(Phase)) for kind in ChargerKind}
    own = {
        "user": forms.charger_kind_form({}),
        "enable": forms.ENABLE_FORM,
        "limits": forms.limits_form(len(Phase), {"garage": "Garage"}, detectable=True),
        "wiring": forms.wiring_form(len(Phase)),
    }
    return own | kinds


def circuit_forms() -> dict[str, vol.Schema]:
    """Every form of the circuit flow: the same to add and to change one."""
    form = circuit_form(len(Phase), {"house": "House"})
    return {"user": form, "reconfigure": form}


def all_forms(hass: HomeAssistant) -> list[tuple[dict[str, vol.Schema], dict[str, Any]]]:
    """The forms of every flow, and what is written for that flow."""
    return [
        (site_forms(hass), SITE_TEXTS),
        (charger_forms(hass), CHARGER_TEXTS),
        (circuit_forms(), CIRCUIT_TEXTS),
        ({"init": OPTIONS_FORM}, OPTIONS_TEXTS),
    ]


def test_every_step_has_its_texts() -> None:
    """A title and a description for each form, none for a form that does not exist."""
    for flow, written in (
        (EVMeterConfigFlow, SITE_TEXTS),
        (ChargerSubentryFlow, CHARGER_TEXTS),
        (SiteOptionsFlow, OPTIONS_TEXTS),
    ):
        assert written["step"].keys() == steps(flow)
        for step, step_texts in written["step"].items():
            assert {"title", "description", "data", "data_description"} <= step_texts.keys(), step


def test_every_field_has_its_texts(hass: HomeAssistant) -> None:
    """A label and an explanation for each field, and for each section of text."""
    for shown, written in all_forms(hass):
        assert shown.keys() == written["step"].keys()
        for step, form in shown.items():
            step_texts = written["step"][step]
            sections = {str(key) for key, value in form.schema.items() if isinstance(value, section)}
            fields = {str(key) for key in form.schema} - sections
            assert step_texts["data"].keys() == fields, step
            assert step_texts["data_description"].keys() == fields, step
            assert step_texts.get("sections", {}).keys() == sections, step
            for name in sections:
                assert step_texts["sections"][name].keys() == {"name", "description"}, name


def test_every_form_can_be_shown(hass: HomeAssistant) -> None:
    """The browser has a field of its own for each of ours, and our number boxes are number boxes there."""
    for form in (form for shown, _ in all_forms(hass) for form in shown.values()):
        for field in browser_fields(form):
            assert "selector" in field or field["type"] == "expandable", field["name"]
    (rating,) = (field for field in browser_fields(forms.FUSE_FORM) if field["name"] == "fuse_l1")
    assert rating["selector"] == {"number": {"mode": "box", "step": "any", "unit_of_measurement": "A"}}


def browser_fields(form: vol.Schema) -> list[dict[str, Any]]:
    """A form as Home Assistant sends it to the browser."""
    fields = to_field_list(form, custom_serializer=cv.custom_serializer)
    assert isinstance(fields, list)
    return fields


async def test_forms_fill_in_every_placeholder(hass: HomeAssistant) -> None:
    """What a text leaves open is given with its form."""
    live_given = live.live_placeholders(hass, LOOK)
    live_given |= await live.async_option_placeholders(hass, "dsmr", TOO_SLOW)
    site_given = {
        "enable": {"meter", "entities"},
        "live": {*live_given, "meter"},
        "reauth_confirm": {"charger", "broker"},
    }
    charger_given = {"enable": {"charger", "entities"}, "wiring": {"rows"}}
    for written, given in ((SITE_TEXTS, site_given), (CHARGER_TEXTS, charger_given)):
        for step, step_texts in written["step"].items():
            used = {name for _, text in texts(step_texts) for name in placeholders(text)}
            assert used == given.get(step, set()), step
        for path, text in texts({"error": written["error"], "abort": written["abort"]}):
            assert placeholders(text) == set(), path


def test_every_error_has_its_text() -> None:
    """Each code a form can get; a code that no form can get is no code."""
    assert SITE_TEXTS["error"].keys() == SITE_ERRORS | {forms.PHASE_NOT_MEASURED, forms.CHARGER_NEEDS_PHASE}
    assert CHARGER_TEXTS["error"].keys() == CHARGER_ERRORS | DETECTION_ANSWERS | {forms.ENTITY_IN_USE}
    assert CIRCUIT_TEXTS["error"].keys() == OPTIONS_TEXTS["error"].keys() == EVERY_FORM
    assert set(ErrorCode) == SITE_ERRORS | CHARGER_ERRORS


def test_every_abort_has_its_text() -> None:
    """Both flows end early for few reasons of their own; the others are Home Assistant's."""
    assert SITE_TEXTS["abort"].keys() == {"already_configured"}
    assert CHARGER_TEXTS["abort"].keys() == {"already_configured", "invalid_site"}
    assert CIRCUIT_TEXTS["abort"].keys() == {"invalid_site"}
    assert {constants(call)["first"] for call in calls("AbortFlow")} == CHARGER_TEXTS["abort"].keys()
    # Home Assistant's own text; the others are those of fix flows.
    given = [constants(call) for call in calls("async_abort") if constants(call)]
    assert given == [{"reason": "reauth_successful"}]


def test_every_wait_has_its_text() -> None:
    """What the user waits for is said."""
    actions = {constants(call)["progress_action"] for call in calls("async_show_progress")}
    assert actions == CHARGER_PROGRESS
    for written, given, waits in (
        (SITE_TEXTS, {"meter"}, PROGRESS),
        (CHARGER_TEXTS, {"charger"}, CHARGER_PROGRESS),
    ):
        assert written["progress"].keys() == waits
        assert all(placeholders(text) == given for text in written["progress"].values())


def test_the_subentry_has_its_words() -> None:
    """What the button and the list on the integration page say."""
    assert ENGLISH["config_subentries"].keys() == {SUBENTRY_CHARGER, SUBENTRY_CIRCUIT}
    for written in ENGLISH["config_subentries"].values():
        assert written["initiate_flow"].keys() == {"user", "reconfigure"}
        assert written["entry_type"]


def test_every_choice_has_its_text(hass: HomeAssistant) -> None:
    """Each option of each list that is translated, and no other."""
    offered: dict[str, set[str]] = {}
    for form in (form for shown, _ in all_forms(hass) for form in shown.values()):
        for field in form.schema.values():
            if isinstance(field, SelectSelector) and "translation_key" in field.config:
                values = offered.setdefault(field.config["translation_key"], set())
                for option in field.config["options"]:
                    # What has a name of its own is not translated.
                    if isinstance(option, str) or option["label"] == option["value"]:
                        values.add(option if isinstance(option, str) else option["value"])
    assert {key: set(part["options"]) for key, part in ENGLISH["selector"].items()} == offered


async def test_every_entity_has_its_texts(hass: HomeAssistant) -> None:
    """A name for each entity of a site and a charger, a text for each state of a list of states."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data=SIMULATED_SITE,
        subentries_data=[
            {
                "data": SIMULATED_CHARGER,
                "subentry_type": SUBENTRY_CHARGER,
                "title": "Charger",
                "unique_id": None,
            }
        ],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)

    used: dict[str, dict[str, set[str]]] = {}
    for entity in entities:
        if entity.translation_key is None:
            assert entity.original_device_class is not None, entity.entity_id
            continue
        options = set((entity.capabilities or {}).get("options", ()))
        if entity.domain == "binary_sensor" and entity.original_device_class is None:
            options = {"off", "on"}  # no class says what they mean
        used.setdefault(entity.domain, {}).setdefault(entity.translation_key, set()).update(options)
    assert {
        domain: {key: set(part.get("state", ())) for key, part in keys.items()}
        for domain, keys in ENGLISH["entity"].items()
    } == used
    for path, text in texts(ENGLISH["entity"]):
        assert placeholders(text) <= {"phase"}, path
        if path.endswith(".name"):
            assert text, path


def test_every_icon_has_its_entity() -> None:
    """Icons for entities and states that exist, each an icon by its own name."""
    for domain, keys in ICONS["entity"].items():
        for key, icons in keys.items():
            entity = ENGLISH["entity"][domain][key]
            states = set(icons.get("state", ()))
            if domain in ("sensor", "select"):
                assert states <= set(entity.get("state", ())), key
            else:
                assert states <= {"on", "off"}, key
    assert all(re.fullmatch(r"mdi:[a-z0-9-]+", icon) for _, icon in texts(ICONS))


def test_every_exception_has_its_text() -> None:
    """What an action or a set-up can fail with, with everything it fills in."""
    raised: dict[str, set[str]] = {}
    for path in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                arguments = constants(node.exc)
                if "translation_key" in arguments:
                    raised[arguments["translation_key"]] = given_placeholders(node.exc)
    raised |= {f"detection_{failure}": {"charger"} for failure in DetectionFailure}
    assert ENGLISH["exceptions"].keys() == raised.keys()
    for key, part in ENGLISH["exceptions"].items():
        assert placeholders(part["message"]) <= raised[key], key


def given_placeholders(call: ast.Call) -> set[str]:
    """The names that a call fills in."""
    return {
        str(key.value)
        for keyword in call.keywords
        if keyword.arg == "translation_placeholders" and isinstance(keyword.value, ast.Dict)
        for key in keyword.value.keys
        if isinstance(key, ast.Constant)
    }
