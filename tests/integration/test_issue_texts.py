"""Every issue says what is wrong, and every fix flow has the words for its forms and ends."""

import ast

from custom_components.evmeter.chargers import ChargerProblem
from custom_components.evmeter.issues import PROBLEM_GRACE
from custom_components.evmeter.mains import SourceProblem
from custom_components.evmeter.repairs import FIX_FLOWS, GOES_ON, GONE, MenuFlow

from .source_code import calls
from .texts import load

ENGLISH = load("en")


def test_every_issue_has_its_text() -> None:
    """A title and a way out for each issue: in words, or in a fix flow with all its forms and ends."""
    fixed = {key for call in calls("Issue") for key in issue_keys(call)}
    made: set[str] = {f"charger_{problem}" for problem in PROBLEM_GRACE}
    assert set(ChargerProblem) - PROBLEM_GRACE.keys() == {ChargerProblem.NONE, ChargerProblem.REFUSED}
    made |= {
        f"source_{problem}"
        for problem in (SourceProblem.MISSING, SourceProblem.DISABLED, SourceProblem.WRONG_UNIT)
    }
    fixable = {*FIX_FLOWS}
    assert ENGLISH["issues"].keys() == fixed | made | fixable
    for key, part in ENGLISH["issues"].items():
        if key not in FIX_FLOWS:
            assert part.keys() == {"title", "description"}, key
            continue
        assert part.keys() == {"title", "fix_flow"}, key
        assert part["fix_flow"].get("abort", {}).keys() <= {GOES_ON, GONE}, key
        ((step, texts_of_step),) = part["fix_flow"]["step"].items()
        flow = FIX_FLOWS[key]
        options = dict.fromkeys(flow.options) if issubclass(flow, MenuFlow) else {}
        assert step == ("init" if options else "confirm"), key
        assert list(texts_of_step.get("menu_options", {})) == list(options), key
        assert all(hasattr(flow, f"async_step_{option}") for option in options), key
    assert FIX_FLOWS.keys() <= ENGLISH["issues"].keys()


def issue_keys(call: ast.Call) -> set[str]:
    """The keys that an issue may have, as far as they are written out."""
    (key,) = (keyword.value for keyword in call.keywords if keyword.arg == "key")
    choices = [key.body, key.orelse] if isinstance(key, ast.IfExp) else [key]
    return {
        choice.value
        for choice in choices
        if isinstance(choice, ast.Constant) and isinstance(choice.value, str)
    }
