"""Mains currents from templates: calculated on every report, and as old as their oldest sensor."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowContext
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.evmeter.balancing.model import SiteSettings
from custom_components.evmeter.const import DOMAIN
from custom_components.evmeter.mains.template import TemplateMains
from custom_components.evmeter.settings import TemplateMainsSettings

from .flows import FUSE, add_currents, site, start, submit, suggestions

SITE = SiteSettings(fuse_rating=(25.0,))
SUM = "{{ states('sensor.house') | float + states('sensor.barn') | float }}"


class Listener:
    """Counts the samples."""

    def __init__(self) -> None:
        self.samples = 0

    def __call__(self) -> None:
        self.samples += 1


@pytest.fixture
async def heard(hass: HomeAssistant) -> Listener:
    """A listener, and two sensors to listen to."""
    hass.states.async_set("sensor.house", "5.25")
    hass.states.async_set("sensor.barn", "2")
    return Listener()


@pytest.fixture
async def mains(hass: HomeAssistant, heard: Listener) -> AsyncIterator[TemplateMains]:
    """The sum of two sensors on one phase."""
    source = TemplateMains(hass, SITE, TemplateMainsSettings(templates=(SUM,)))
    await source.async_start(heard)
    yield source
    await source.async_stop()


async def test_every_report_is_a_sample(hass: HomeAssistant, mains: TemplateMains, heard: Listener) -> None:
    """One that repeats its value too; two in one moment are one sample."""
    assert mains.reading.current == (7.25,)
    before = heard.samples
    hass.states.async_set("sensor.house", "9.5")
    await hass.async_block_till_done()
    assert mains.reading.current == (11.5,)
    assert heard.samples == before + 1
    hass.states.async_set("sensor.house", "9.5")
    await hass.async_block_till_done()
    assert heard.samples == before + 2
    hass.states.async_set("sensor.house", "1")
    hass.states.async_set("sensor.barn", "1")
    await hass.async_block_till_done()
    assert mains.reading.current == (2,)
    assert heard.samples == before + 3


async def test_as_old_as_the_oldest_sensor(
    hass: HomeAssistant, mains: TemplateMains, freezer: FrozenDateTimeFactory
) -> None:
    """One that goes on talking does not make the silent one fresh."""
    freezer.tick(timedelta(seconds=40))
    hass.states.async_set("sensor.house", "6")
    await hass.async_block_till_done()
    (measured_at,) = mains.reading.measured_at
    assert 40 <= hass.loop.time() - measured_at < 45
    hass.states.async_set("sensor.barn", "2")
    await hass.async_block_till_done()
    (measured_at,) = mains.reading.measured_at
    assert hass.loop.time() - measured_at < 5


async def test_a_switch_has_no_age(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """It reports only when it changes."""
    hass.states.async_set("switch.heat_pump", "on")
    hass.states.async_set("sensor.house", "5")
    text = "{{ states('sensor.house') | float + (10 if is_state('switch.heat_pump', 'on') else 0) }}"
    mains = TemplateMains(hass, SITE, TemplateMainsSettings(templates=(text,)))
    await mains.async_start(lambda: None)
    freezer.tick(timedelta(hours=1))
    hass.states.async_set("sensor.house", "6")
    await hass.async_block_till_done()
    (measured_at,) = mains.reading.measured_at
    assert mains.reading.current == (16,)
    assert hass.loop.time() - measured_at < 5
    hass.states.async_set("switch.heat_pump", "off")
    await hass.async_block_till_done()
    assert mains.reading.current == (6,)
    await mains.async_stop()


@pytest.mark.parametrize("state", ["unavailable", "unknown", "broken"])
async def test_no_value_is_never_zero(hass: HomeAssistant, mains: TemplateMains, state: str) -> None:
    """A template that fails has no value, and its age goes on."""
    before = mains.reading.measured_at
    hass.states.async_set("sensor.barn", state)
    await hass.async_block_till_done()
    reading = mains.reading
    assert reading.current == (None,)
    assert reading.measured_at <= before
    hass.states.async_set("sensor.barn", "3")
    await hass.async_block_till_done()
    assert mains.reading.current == (8.25,)


async def test_entities_that_are_named_later(hass: HomeAssistant) -> None:
    """What a template names may depend on its result; all of it is followed."""
    hass.states.async_set("sensor.which", "house")
    hass.states.async_set("sensor.house", "5")
    hass.states.async_set("sensor.barn", "8")
    text = "{{ states('sensor.' ~ states('sensor.which')) }}"
    mains = TemplateMains(hass, SITE, TemplateMainsSettings(templates=(text,)))
    await mains.async_start(lambda: None)
    hass.states.async_set("sensor.which", "barn")
    await hass.async_block_till_done()
    hass.states.async_set("sensor.barn", "9")
    await hass.async_block_till_done()
    assert mains.reading.current == (9,)
    await mains.async_stop()


async def test_nothing_is_heard_after_the_stop(
    hass: HomeAssistant, mains: TemplateMains, heard: Listener
) -> None:
    """Not even what was on its way."""
    hass.states.async_set("sensor.house", "1")
    before = heard.samples
    await mains.async_stop()
    await asyncio.sleep(0)
    hass.states.async_set("sensor.house", "2")
    await hass.async_block_till_done()
    assert heard.samples == before


async def test_flow(hass: HomeAssistant) -> None:
    """Templates are tried, looked at and stored as they are; the form is filled in with them again."""
    add_currents(hass)
    result = await start(hass, "template")
    assert (result["step_id"], suggestions(result["data_schema"])) == ("template", {"phases": "3"})
    texts = {f"template_l{phase}": f"{{{{ states('sensor.l{phase}') }}}}" for phase in (1, 2, 3)}
    bad = texts | {"template_l2": "{{ 5", "template_l3": "{{ 7 }}"}
    result = await submit(hass, result, phases="3", **bad)
    assert result["errors"] == {
        "template_l2": "invalid_template",
        "template_l3": "template_without_sensor",
    }
    result = await submit(hass, result, phases="3", **texts)
    assert result["step_id"] == "live"
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert "| L2 | – | 3.17\u00a0A |" in placeholders["rows"]
    result = await submit(hass, await submit(hass, result), **FUSE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert texts.items() <= result["data"].items()
    entry = result["result"]
    context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=entry.entry_id)
    form = await hass.config_entries.flow.async_init(DOMAIN, context=context)
    form = await submit(hass, form, mains="template")
    assert suggestions(form["data_schema"]) == {"phases": "3"} | texts
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_phase_without_a_template(hass: HomeAssistant) -> None:
    """It is said at its field; a site of one phase needs one."""
    add_currents(hass)
    result = await start(hass, "template")
    result = await submit(hass, result, phases="3", template_l1="{{ states('sensor.l1') }}")
    assert result["errors"] == {"template_l2": "required", "template_l3": "required"}
    result = await submit(hass, result, phases="1", template_l1="{{ states('sensor.l1') }}")
    assert result["step_id"] == "live"


async def test_two_sites_of_one_meter(hass: HomeAssistant) -> None:
    """The same template is the same house."""
    add_currents(hass)
    site(hass, "other", mains="template", template_l1="{{ states('sensor.l1') }}", phases="1")
    result = await start(hass, "template")
    result = await submit(hass, result, phases="1", template_l1="{{ states('sensor.l1') }}")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
