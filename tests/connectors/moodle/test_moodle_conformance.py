"""What holds for every connector holds for that of Moodle."""

from core.devkit.conformance import ConnectorConformance
from plugins.moodle.connector import Moodle
from plugins.moodle.simulator.platform import SimulatedMoodle


class TestMoodle(ConnectorConformance):
    connector = Moodle
    platform = SimulatedMoodle
