"""The flow that adds a circuit below the mains, or changes one."""

from collections.abc import Mapping, Sequence
from typing import Final

import voluptuous as vol
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME, UnitOfElectricCurrent, UnitOfPower

from ..balancing.model import CircuitSettings
from ..const import CONF_FUSE, CONF_PARENT, CONF_POWER_CAP
from ..form_fields import named_choice, number, text
from ..settings import SettingsErrors, above, circuit_to_strings, read_circuit
from ..site_entry import circuit_names
from .forms import (
    FUSE_L1,
    ON_MAINS,
    filled_in,
    form_errors,
    of_given_fuses,
    site_of,
    strings,
    with_equal_fuses,
    without_equal_fuses,
)

NEW_CIRCUIT: Final[Mapping[str, str]] = {CONF_PARENT: ON_MAINS, FUSE_L1: "16"}
"""What most circuits have; a form shows 0 A where nothing is suggested."""


def circuit_form(phase_count: int, parents: Mapping[str, str]) -> vol.Schema:
    """Return the form for a circuit.

    Args:
        phase_count: of the site, 1 or 3.
        parents: names of the circuits it may be below, by id.
    """
    ampere = number(UnitOfElectricCurrent.AMPERE)
    others = [f"{CONF_FUSE}{phase}" for phase in range(2, phase_count + 1)]
    return vol.Schema(
        {
            vol.Required(CONF_NAME): text(),
            vol.Required(FUSE_L1): ampere,
            **{vol.Optional(rating): ampere for rating in others},
            vol.Optional(CONF_POWER_CAP): number(UnitOfPower.WATT),
            vol.Required(CONF_PARENT): named_choice(parents, (ON_MAINS,), CONF_PARENT),
        }
    )


class CircuitSubentryFlow(ConfigSubentryFlow):
    """Asks what a circuit may carry, and which circuit is above it."""

    async def async_step_user(self, user_input: Mapping[str, object] | None = None) -> SubentryFlowResult:
        """Add a circuit."""
        return self._step("user", NEW_CIRCUIT, user_input)

    async def async_step_reconfigure(
        self, user_input: Mapping[str, object] | None = None
    ) -> SubentryFlowResult:
        """Change a circuit."""
        circuit = self._get_reconfigure_subentry()
        stored = {CONF_NAME: circuit.title, CONF_PARENT: ON_MAINS, **without_equal_fuses(circuit.data)}
        return self._step("reconfigure", stored, user_input)

    def _step(
        self, step_id: str, stored: Mapping[str, str], user_input: Mapping[str, object] | None
    ) -> SubentryFlowResult:
        site = site_of(self._get_entry()).balancing
        form = circuit_form(site.phase_count, self._possible_parents(site.circuits))
        given = stored if user_input is None else strings(user_input)
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = {key: value for key, value in given.items() if value != ON_MAINS}
            try:
                circuit = read_circuit(self.flow_id, with_equal_fuses(answers), site.phase_count)
            except SettingsErrors as error:
                errors = of_given_fuses(form_errors(error, form), given)
            else:
                return self._finish(given[CONF_NAME], circuit_to_strings(circuit))
        return self.async_show_form(step_id=step_id, data_schema=filled_in(form, given), errors=errors)

    def _possible_parents(self, circuits: Sequence[CircuitSettings]) -> dict[str, str]:
        """Return the names of the circuits this one may be below: not itself, and none that is below it."""
        ours = self.context.get("subentry_id")
        names = circuit_names(self._get_entry())
        return {
            circuit.id: names[circuit.id]
            for circuit in circuits
            if ours != circuit.id and ours not in above(circuit.id, circuits)
        }

    def _finish(self, name: str, data: dict[str, str]) -> SubentryFlowResult:
        """Add the circuit, or store the change; the entry's update listener does the rest."""
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(title=name, data=data)
        circuit = self._get_reconfigure_subentry()
        return self.async_update_and_abort(self._get_entry(), circuit, title=name, data=data)
