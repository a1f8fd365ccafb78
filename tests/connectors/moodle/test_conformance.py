"""What holds for every connector holds for that of Moodle, and its page says what it needs."""

import re
from pathlib import Path

from core.devkit.conformance import ConnectorConformance
from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.connector import MANIFEST, Moodle
from plugins.moodle.simulator import FUNCTIONS as SIMULATED
from plugins.moodle.simulator.platform import SimulatedMoodle
from plugins.moodle.simulator.site import MANAGER_CAPABILITIES
from plugins.moodle.streams import FUNCTIONS, streams_of
from plugins.moodle.webservice import SITE_INFO

PAGE = (Path(__file__).parents[3] / "docs/how-to/connect-moodle.md").read_text(encoding="utf-8")


class TestMoodle(ConnectorConformance):
    connector = Moodle
    platform = SimulatedMoodle


def test_the_page_names_every_function_capability_field_and_stream() -> None:
    functions = {SITE_INFO, *(each for needed in FUNCTIONS.values() for each in needed)}
    assert set(re.findall(r"`((?:core|mod|gradereport)_[a-z_]+)`", PAGE)) == functions
    capabilities = {scope.scope for scope in MANIFEST.scopes}
    assert set(re.findall(r"`([a-z]+/[a-z]+:[a-z]+)`", PAGE)) == capabilities
    wanted = {name: True for name, field in MoodleConfiguration.model_fields.items() if field.annotation is bool}
    everything = MoodleConfiguration.model_validate({"site_url": "https://m.example", "token": "t", **wanted})
    names = {*MoodleConfiguration.model_fields, *(stream.name for stream in streams_of(everything))}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()
    assert {stream.name for stream in streams_of(everything)} == set(FUNCTIONS)


def test_the_simulated_site_offers_all_that_is_needed() -> None:
    assert {each for needed in FUNCTIONS.values() for each in needed} <= set(SIMULATED)
    assert {scope.scope for scope in MANIFEST.scopes} <= MANAGER_CAPABILITIES
