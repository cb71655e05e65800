"""Every language says what English says, no more and no less."""

import re
from collections.abc import Iterator

import pytest

from .texts import TRANSLATIONS, load, placeholders, texts

LANGUAGES = {"da", "de", "en", "fi", "fr", "nb", "nl", "sv"}
ENGLISH = load("en")


def test_these_languages_exist() -> None:
    """English and those of the countries where the meters and chargers are sold, no other."""
    assert {path.stem for path in TRANSLATIONS.iterdir()} == LANGUAGES


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_languages_say_the_same(language: str) -> None:
    """Every language has every text in the order of English, and each text fills in the same."""
    said = dict(texts(load(language)))
    english = dict(texts(ENGLISH))
    faults = [
        *(f"missing: {path}: {english[path]!r}" for path in english if path not in said),
        *(f"not in English: {path}: {said[path]!r}" for path in said if path not in english),
    ]
    for path, text in said.items():
        faults += [f"{fault}: {path}: {text!r}" for fault in faults_of(text, english.get(path, text))]
    if language != "en":
        faults += [f"not translated: {path}: {said[path]!r}" for path in untranslated(said, english)]
    assert not faults, "\n".join([f"{language}.json", *faults])
    assert list(said) == list(english), f"{language}.json has its keys in another order than en.json"


def faults_of(text: str, english: str) -> Iterator[str]:
    """What is wrong with a text beside the English one."""
    if not text.strip():
        yield "empty"
    elif text != text.strip():
        yield "blanks around"
    if placeholders(text) != placeholders(english):
        yield f"fills in {sorted(placeholders(text))}, English {sorted(placeholders(english))}"
    if re.search(r"'[{}<]", text):
        yield "the browser shows a brace after an apostrophe as it is"
    if layout(text) != layout(english):
        yield "lines or table unlike English"


def layout(text: str) -> tuple[int, int, list[str]]:
    """What has to survive a translation besides the words: lines, columns, the rule below a heading."""
    return text.count("\n"), text.count("|"), re.findall(r"[|:-]{5,}", text)


def untranslated(said: dict[str, str], english: dict[str, str]) -> list[str]:
    """The texts of more than three words that are English still; shorter ones can be the same by right."""
    return [path for path, text in said.items() if len(text.split()) > 3 and text == english.get(path)]


def test_every_fault_of_a_language_is_found() -> None:
    """The comparison sees what a translator can get wrong."""
    assert list(faults_of("alle {period} s", "every {period} s")) == []
    assert list(faults_of("", "every")) == ["empty"]
    assert list(faults_of("alle ", "every")) == ["blanks around"]
    assert list(faults_of("alle {zeit} s", "every {period} s")) == ["fills in ['zeit'], English ['period']"]
    assert list(faults_of("d'{site}", "of {site}")) == [
        "the browser shows a brace after an apostrophe as it is"
    ]
    assert list(faults_of("eins zwei", "one\n\ntwo")) == ["lines or table unlike English"]
    english = {"port": "Port", "host": "Name of the host"}
    assert untranslated(english, english) == ["host"]
