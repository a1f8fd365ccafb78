"""The hooks of Deloteka: what a plugin may implement, when it is asked, and what its failure means.

A plugin is a module (or an object) whose functions are marked with `hookimpl` and called like the specifications
below. It declares only those arguments it uses; they are passed by name.

Every `register_…` hook is synchronous and asked once at start, under a time limit. It returns a list or tuple of
providers, or `None` for none. `settings` is the plugin's own table, validated by the model that its
`register_settings` returned; it is `None` for a plugin without that hook. If one of its registration hooks raises,
hangs, or returns something else, the whole plugin stays out: it is listed as `failed` with the reason, and every
other plugin goes on.

`review_disposal` and `on_event` are asked at run time, and may be coroutine functions. Every call runs apart from the
service, in a thread and an event loop of its own that end with the call: keep nothing that belongs to a loop.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pluggy
from pydantic import BaseModel

from core.sdk.connectors import Connector
from core.sdk.disposal import DisposalReview, Objection
from core.sdk.events import Event
from core.sdk.providers import Extractor, Inspector, OcrEngine, Renderer, Scanner
from core.sdk.services import Authenticator, MeansOfDestruction, Notifier, Packager, Replica

if TYPE_CHECKING:
    import click

PROJECT_NAME = "deloteka"
ENTRY_POINT_GROUP = "deloteka.plugins"
"""A distribution offers its plugins under this entry-point group; the entry point's name is the plugin's name."""

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)

RouterFactory = Callable[[], object]
"""Builds one `fastapi.APIRouter`; the web process calls it once, so that no other process imports the framework."""


@hookspec
def register_settings() -> type[BaseModel] | None:
    """Return the pydantic model of the table `[plugins.<name>]`.

    Asked first. Unknown keys are refused at every depth, whatever the model says. A plugin without this hook takes no
    settings. Failure, or a table that the model refuses: the plugin stays out.
    """


@hookspec
def register_connectors(settings: BaseModel | None) -> Sequence[type[Connector]] | None:
    """Return `Connector` classes; the host makes one object a connection.

    Failure: the plugin stays out; its connections are shown as not available.
    """


@hookspec
def register_inspectors(settings: BaseModel | None) -> Sequence[Inspector | Scanner] | None:
    """Return who looks at a candidate file: `Inspector` objects (child process) and `Scanner` objects (host).

    Failure, here or while looking: files are quarantined, never waved through.
    """


@hookspec
def register_extractors(settings: BaseModel | None) -> Sequence[Extractor] | None:
    """Return who proposes metadata for an accepted file.

    Failure while extracting: nothing is proposed, and that is shown.
    """


@hookspec
def register_ocr_engines(settings: BaseModel | None) -> Sequence[OcrEngine] | None:
    """Return who recognises text.

    Failure while recognising: no text, and that is shown. The original is never changed.
    """


@hookspec
def register_renderers(settings: BaseModel | None) -> Sequence[Renderer] | None:
    """Return who makes previews and thumbnails.

    Failure while rendering: no picture.
    """


@hookspec
def register_replicas(settings: BaseModel | None) -> Sequence[Replica] | None:
    """Return further places for copies of originals.

    Failure: the start is refused if the settings require that replica.
    """


@hookspec
def register_means_of_destruction(settings: BaseModel | None) -> Sequence[MeansOfDestruction] | None:
    """Return the means of destruction that `disposal.means` may name; its name, version and certificate are printed.

    Failure: the start is refused if the settings name that means.
    """


@hookspec
def register_packagers(settings: BaseModel | None) -> Sequence[Packager] | None:
    """Return who builds export packages; the same request gives the same bytes.

    Failure while packing: no package.
    """


@hookspec
def register_notifiers(settings: BaseModel | None) -> Sequence[Notifier] | None:
    """Return who sends notifications.

    Failure while sending: tried again later.
    """


@hookspec
def register_authenticators(settings: BaseModel | None) -> Sequence[Authenticator] | None:
    """Return further ways to sign in.

    Failure: the start is refused if the settings name that authenticator; failure while checking lets nobody in.
    """


@hookspec
def register_routers(settings: BaseModel | None) -> Sequence[RouterFactory] | None:
    """Return factories of routers, which the host mounts below `/plugins/<plugin name>` behind its own checks.

    Failure: the plugin stays out.
    """


@hookspec
def register_commands(settings: BaseModel | None) -> "Sequence[click.Command] | None":
    """Return click commands; they are run as `deloteka plugins run <plugin name> <command>`.

    Failure: the plugin stays out.
    """


@hookspec
def review_disposal(review: DisposalReview, settings: BaseModel | None) -> Sequence[Objection] | None:
    """Return objections to lines of a disposal act, or `None` for none.

    Asked when an act is proposed and again before it is executed; may be a coroutine function. Raising, exceeding the
    time limit, or answering with anything else **counts as an objection to every line**. So does an enabled plugin that
    could not be loaded and that has this hook, or may have it.
    """


@hookspec
def on_event(event: Event, settings: BaseModel | None) -> None:
    """Hear what has happened, after the commit, at least once.

    May be a coroutine function. Returns nothing: a returned value is a mistake (a generator, for instance, has not run
    at all). Failure is logged and the event is told again later; other plugins hear it all the same.
    """
