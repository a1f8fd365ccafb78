"""What can go wrong with snapshots of study periods, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Invalid


class ExportClassMissing(Conflict):
    """Nobody has said under which class snapshots are filed; `proposed` are those whose titles speak of them."""

    code = "period_export_class_missing"
    title = "It is not said under which class snapshots are filed"
    remedy = "Name the class of the nomenclature in the settings of period exports; classes that fit are in `proposed`."


class ExportClassUnfit(Invalid):
    """The class stands in no approved nomenclature that is in force, or its term was not understood."""

    code = "period_export_class_unfit"
    title = "Snapshots cannot be filed under this class"
    remedy = "Name a class of the nomenclature that is in force, whose term has been understood."


class PeriodNotReadCompletely(Conflict):
    """Not everything was read of the platform; `shortcomings` says what is missing."""

    code = "period_not_read_completely"
    title = "Not everything was read from the platform"
    remedy = (
        "Settle what is named in `shortcomings`, or ask again and give a reason why the snapshot is made all the same."
    )


class ExportOpen(AlreadyExists):
    """A snapshot of the same connection and period is being made; `export` is its id."""

    code = "period_export_open"
    title = "This snapshot is being made already"
    remedy = "Wait until the one at `address` has ended, or cancel its job."


class ExportNotFiled(Conflict):
    """The snapshot was not filed, so it has no contents; `state` says how it stands."""

    code = "period_export_not_filed"
    title = "This snapshot has no contents"
    remedy = "Read the snapshot: it says how it stands."


class ExportNotResumable(Conflict):
    """There is nothing left to do for this snapshot; `state` says how it has ended."""

    code = "period_export_not_resumable"
    title = "There is nothing left to do for this snapshot"
    remedy = "Ask for a new snapshot of the period."


class PackageQuarantined(Conflict):
    """The intake put the package of a snapshot into quarantine; `document` waits for a decision."""

    code = "period_export_quarantined"
    title = "The snapshot waits in quarantine"
    remedy = "Decide about the document in `document`, then have the snapshot completed."
