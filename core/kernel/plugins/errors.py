"""Why the plugin host refuses something."""

from core.kernel.errors import DelotekaError
from core.kernel.plugins.kinds import Kind


class PluginHostError(DelotekaError):
    """Base of what the plugin host raises."""

    code = "plugin_host"
    title = "The plugin host refused"


class ContractBroken(PluginHostError):
    """A plugin does not keep the contract of a hook; becomes the reason why it failed."""

    code = "plugin_contract_broken"
    title = "A plugin does not keep its contract"
    remedy = "Report this to the author of the plugin."


class ProviderNameTaken(PluginHostError):
    """A second plugin offers a provider under a name that is taken."""

    code = "provider_name_taken"
    title = "Two plugins offer a provider of the same name"
    remedy = "Take one of the two plugins out of plugins.enabled."

    def __init__(self, kind: Kind, name: str, holder: str) -> None:
        super().__init__(
            f"the {kind.value} name {name!r} is taken by plugin {holder!r}", kind=kind.value, name=name, holder=holder
        )
        self.kind = kind
        self.name = name
        self.holder = holder


class ProviderMissing(PluginHostError):
    """The settings require a provider that no active plugin offers."""

    code = "provider_missing"
    title = "The settings require something that no active plugin offers"
    remedy = "Enable and repair the plugin that offers it, or change the setting that requires it."

    def __init__(self, kind: Kind, name: str, *, offered: tuple[str, ...], failed: tuple[str, ...]) -> None:
        parts = [f"the settings require the {kind.value} {name!r}, but no active plugin offers it"]
        parts.append(f"offered: {', '.join(offered) or 'none'}")
        parts += [f"failed plugin {line}" for line in failed]
        super().__init__("; ".join(parts), kind=kind.value, name=name, offered=list(offered), failed=list(failed))
        self.kind = kind
        self.name = name
