"""The plugin host: manager, fence and catalogue. Knows built-in plugins by name only."""

from core.kernel.plugins.catalog import Catalog, PluginRecord, Registered, Status
from core.kernel.plugins.errors import ContractBroken, PluginHostError, ProviderMissing, ProviderNameTaken
from core.kernel.plugins.fence import Ending, Fence, Outcome
from core.kernel.plugins.host import PLUGIN_FAILED, Limits, PluginHost, RaisedObjection, build_host
from core.kernel.plugins.kinds import COMPUTING_HOOKS, Kind
from core.kernel.plugins.loading import HOOKS
from core.kernel.plugins.sources import BUILT_IN_NAMES, InstalledPlugins, PluginSource

__all__ = [
    "BUILT_IN_NAMES",
    "COMPUTING_HOOKS",
    "HOOKS",
    "PLUGIN_FAILED",
    "Catalog",
    "ContractBroken",
    "Ending",
    "Fence",
    "InstalledPlugins",
    "Kind",
    "Limits",
    "Outcome",
    "PluginHost",
    "PluginHostError",
    "PluginRecord",
    "PluginSource",
    "ProviderMissing",
    "ProviderNameTaken",
    "RaisedObjection",
    "Registered",
    "Status",
    "build_host",
]
