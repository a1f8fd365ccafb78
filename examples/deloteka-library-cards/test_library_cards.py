"""The connector keeps the contract."""

from deloteka_library_cards.connector import LibraryCards
from deloteka_library_cards.simulated import SimulatedLibrary

from core.devkit.conformance import ConnectorConformance
from core.sdk.testing import PluginConformance


class TestLibraryCards(ConnectorConformance):
    connector = LibraryCards
    platform = SimulatedLibrary


class TestPlugin(PluginConformance):
    name = "library_cards"
