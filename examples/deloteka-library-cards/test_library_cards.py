"""The connector keeps the contract."""

from core.devkit.conformance import ConnectorConformance
from core.sdk.testing import PluginConformance
from deloteka_library_cards.connector import LibraryCards
from deloteka_library_cards.simulator import SimulatedLibrary


class TestLibraryCards(ConnectorConformance):
    connector = LibraryCards
    platform = SimulatedLibrary


class TestPlugin(PluginConformance):
    name = "library_cards"
