"""Kinds and sources of results, scales, proposals and the policy, as the API shows and takes them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from core.kernel.texts import mark
from core.results.models import MarkScale, ResultKind, ResultPolicy, ResultSource
from core.results.presets import Adopted, Preset
from core.results.taxonomy import WantedKind, WantedScale
from core.web.fields import CleanLine, CleanText, FilledLine, Identifier, MergePatch, RequestBody

Name = Annotated[FilledLine, Field(max_length=200, description="In the words of the institution's regulation.")]
Note = Annotated[CleanText, Field(max_length=2000)]
Bound = Annotated[float, Field(ge=-1_000_000, le=1_000_000)]
Retired = Annotated[bool, Field(description="No longer used for new results.")]

_ACCESS: Final = (
    "`usual`; `staff`: diagnostics, for the staff only and in no extract; `restricted`: special needs, with a right of"
    " its own and in no list unless asked for."
)

Access = Annotated[Literal["usual", "staff", "restricted"], Field(description=_ACCESS)]
Assessed = Annotated[
    bool,
    Field(description="False: target orientations («целевые ориентиры»): nothing is ever attached to them."),
]
Numeric = Annotated[bool, Field(description="Whether any number between the bounds is a mark.")]
_LOWEST: Final = "Lowest number that is a mark, with `numeric_marks` only; null: no bound."
_HIGHEST: Final = "Highest number that is a mark, with `numeric_marks` only; null: no bound."
Lowest = Annotated[Bound, Field(description=_LOWEST)]
Highest = Annotated[Bound, Field(description=_HIGHEST)]
KindNames = Annotated[list[str], Field(description="Names of kinds of results («виды результатов»).")]
SourceNames = Annotated[list[str], Field(description="Names of sources of results («источники»).")]
ScaleNames = Annotated[list[str], Field(description="Names of scales of marks («шкалы»).")]

_NAMED: Final = mark("A kind of results has a name of its own, unless it is an alias")


class ResultKindIn(RequestBody):
    """A kind of results; with `alias_of_id` another place of a kind that there is."""

    name: Annotated[CleanLine, Field(max_length=200)] = Field(
        default="", description="Left out for an alias only.", examples=["Метапредметные"]
    )
    parent_id: Identifier | None = Field(default=None, description="Kind that it is a part of.")
    alias_of_id: Identifier | None = Field(default=None, description="Kind that it is another place of.")
    assessed: Assessed = True
    access: Access = "usual"
    note: Note = ""

    @model_validator(mode="after")
    def _named_unless_an_alias(self) -> Self:
        if bool(self.name) == (self.alias_of_id is not None):
            raise ValueError(_NAMED)
        return self

    def to_wanted(self) -> WantedKind:
        """Return the same as the verb takes it."""
        return WantedKind(**self.model_dump())


class ResultKindPatch(MergePatch):
    """New values for some of the members; of an alias note and use only, the rest is that of its kind."""

    EMPTY: ClassVar[Mapping[str, object]] = {"note": ""}

    name: Name | None = None
    assessed: Assessed | None = None
    access: Access | None = None
    note: Note | None = None
    retired: Retired | None = None


class ResultKindOut(BaseModel):
    """A kind of results («вид результатов»)."""

    id: UUID
    name: str = Field(examples=["Метапредметные"])
    parent_id: UUID | None = Field(description="Kind that it is a part of; null: of none.")
    alias_of_id: UUID | None = Field(description="Kind that it is another place of; null: it is a kind of its own.")
    assessed: Assessed
    access: Access
    note: str
    retired: Retired
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: ResultKind) -> Self:
        """Return what the API says of a kind."""
        return cls.model_validate(row, from_attributes=True)


class SourceIn(RequestBody):
    """A source of results."""

    name: Name = Field(examples=["Независимая оценка качества"])
    note: Note = ""


class SourcePatch(MergePatch):
    """New values for some of the members."""

    EMPTY: ClassVar[Mapping[str, object]] = {"note": ""}

    name: Name | None = None
    note: Note | None = None
    retired: Retired | None = None


class SourceOut(BaseModel):
    """Where results come from («источник результатов»)."""

    id: UUID
    name: str = Field(examples=["Независимая оценка качества"])
    note: str
    retired: Retired
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: ResultSource) -> Self:
        """Return what the API says of a source."""
        return cls.model_validate(row, from_attributes=True)


class KnownValue(RequestBody):
    """A mark of a scale."""

    value: Annotated[FilledLine, Field(max_length=100, examples=["5"])]
    number: Bound | None = Field(default=None, description="What it counts as; null: it is no number.", examples=[5])


KnownValues = Annotated[list[KnownValue], Field(max_length=500, description="Marks by name, from the lowest.")]


class ScaleIn(RequestBody):
    """A scale of marks."""

    name: Name = Field(examples=["Пятибалльная"])
    numeric_marks: Numeric = False
    lowest: Lowest | None = None
    highest: Highest | None = None
    known_values: KnownValues = Field(default=[], examples=[[{"value": "5", "number": 5}]])
    note: Note = ""

    def to_wanted(self) -> WantedScale:
        """Return the same as the verb takes it."""
        return WantedScale(**decimals(self.model_dump()))


class ScalePatch(MergePatch):
    """New values for some of the members; marks that were given stay as they are."""

    EMPTY: ClassVar[Mapping[str, object]] = {"note": "", "lowest": None, "highest": None}

    name: Name | None = None
    numeric_marks: Numeric | None = None
    lowest: Lowest | None = None
    highest: Highest | None = None
    known_values: KnownValues | None = None
    note: Note | None = None
    retired: Retired | None = None


class ScaleOut(BaseModel):
    """A scale of marks («шкала отметок»)."""

    id: UUID
    name: str = Field(examples=["Пятибалльная"])
    numeric_marks: Numeric
    lowest: float | None = Field(description=_LOWEST)
    highest: float | None = Field(description=_HIGHEST)
    known_values: list[KnownValue] = Field(description="Marks by name, from the lowest.")
    note: str
    retired: Retired
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: MarkScale) -> Self:
        """Return what the API says of a scale."""
        return cls.model_validate(row, from_attributes=True)


def decimals(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with bounds as decimal numbers, as the database has them."""
    return {
        name: Decimal(str(value)) if name in {"lowest", "highest"} and value is not None else value
        for name, value in values.items()
    }


class PresetOut(BaseModel):
    """A proposal of a taxonomy, which a person may adopt."""

    key: str = Field(examples=["general_school"])
    title: str
    kinds: KindNames
    sources: SourceNames
    scales: ScaleNames
    rewards: list[str] = Field(description="Kinds of rewards; they are adopted at /api/v1/reward-kinds.")

    @classmethod
    def of(cls, preset: Preset) -> Self:
        """Return what the API says of a proposal."""
        kinds = [str(each["name"]) for each in preset.kinds]
        scales = [each.name for each in preset.scales]
        return cls(
            key=preset.key,
            title=preset.title,
            kinds=kinds,
            sources=list(preset.sources),
            scales=scales,
            rewards=list(preset.rewards),
        )


class PresetsOut(BaseModel):
    """Every proposal there is."""

    items: list[PresetOut]


class AdoptedOut(BaseModel):
    """What an adoption has added; what there was already is left as it was."""

    kinds: KindNames
    sources: SourceNames
    scales: ScaleNames

    @classmethod
    def of(cls, adopted: Adopted) -> Self:
        """Return what the API says of an adoption."""
        return cls(kinds=adopted.kinds, sources=adopted.sources, scales=adopted.scales)


WillNeeded = Annotated[
    Literal["none", "outside", "all"], Field(description="Which results need a statement of will («волеизъявление»).")
]
TwoPersons = Annotated[bool, Field(description="Whether another person confirms than who entered.")]
CreditsOutside = Annotated[bool, Field(description="Whether results obtained elsewhere are credited («зачёт»).")]
CreditProcedure = Annotated[
    CleanLine, Field(max_length=500, description="Document that says how they are credited; may be empty.")
]


class ResultPolicyPatch(MergePatch):
    """New values for some of the members; they hold from now on."""

    EMPTY: ClassVar[Mapping[str, object]] = {"credit_procedure": ""}

    two_persons: TwoPersons | None = None
    will_needed: WillNeeded | None = None
    credits_outside: CreditsOutside | None = None
    credit_procedure: CreditProcedure | None = None


class ResultPolicyOut(BaseModel):
    """How the institution accounts for results."""

    two_persons: TwoPersons
    will_needed: WillNeeded
    credits_outside: CreditsOutside
    credit_procedure: str = Field(description="Document that says how they are credited; may be empty.")
    revision: int = Field(description="0 while nobody has decided; the ETag of a GET names it.")

    @classmethod
    def of(cls, row: ResultPolicy) -> Self:
        """Return what the API says of the policy."""
        return cls.model_validate(row, from_attributes=True)
