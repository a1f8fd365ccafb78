"""The connector keeps the contract of connectors, against the simulated platform."""

from core.devkit.conformance import ConnectorConformance
from core.sdk.testing import PluginConformance
from plugins.dnevnik.connector import DnevnikConnector
from plugins.dnevnik.simulator.trial import SimulatedDnevnik


class TestDnevnik(ConnectorConformance):
    connector = DnevnikConnector
    platform = SimulatedDnevnik


class TestPlugin(PluginConformance):
    name = "dnevnik"
