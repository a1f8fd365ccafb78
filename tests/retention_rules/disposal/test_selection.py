"""The yearly proposal: due cases become lines, of one kind under a common title."""

from hypothesis import given
from hypothesis import strategies as st

from retention.selection import ActLine, DueCase, propose


def due(id: str, index: str = "01-05", title: str = "Переписка", *, year: int = 2019, volumes: int = 1) -> DueCase:
    return DueCase(
        id=id,
        section=index[:2],
        class_index=index,
        title=title,
        first_year=year - 1,
        last_year=year,
        nomenclature_year=year,
        volumes=volumes,
        term="5 лет",
        basis="ст. 11",
    )


def test_nothing_due_is_no_act() -> None:
    assert propose([]) is None


def test_cases_of_one_kind_stand_on_one_line() -> None:
    proposal = propose(
        [
            due("в", year=2020),
            due("а", "02-01", "Журнал", year=2018, volumes=3),
            due("б", year=2019, volumes=2),
            due("г", year=2020),
        ]
    )
    assert proposal is not None
    assert proposal.lines == (
        ActLine("01", "01-05", "Переписка", 2018, 2020, (2019, 2020), 4, "5 лет", "ст. 11", ("б", "в", "г")),
        ActLine("02", "02-01", "Журнал", 2017, 2018, (2018,), 3, "5 лет", "ст. 11", ("а",)),
    )
    assert (proposal.first_year, proposal.last_year, proposal.volumes, proposal.cases) == (2017, 2020, 7, 4)


def test_a_line_orders_its_cases_by_closing_then_opening() -> None:
    older = due("я", year=2019)._replace(first_year=2010)
    proposal = propose([due("а", year=2019), older])
    assert proposal is not None
    assert (proposal.lines[0].cases, proposal.lines[0].first_year) == (("я", "а"), 2010)
    newer = due("а", year=2020)._replace(first_year=2009)
    proposal = propose([newer, older])
    assert proposal is not None
    assert proposal.lines[0].cases == ("я", "а")


def test_another_term_or_basis_is_another_kind() -> None:
    one = due("а")
    other_term, other_basis = one._replace(id="б", term="3 года"), one._replace(id="в", basis="ст. 12")
    other_title = one._replace(id="г", title="Переписка с родителями")
    other_index, other_section = one._replace(id="д", class_index="01-06"), one._replace(id="е", section="02")
    proposal = propose([one, other_term, other_basis, other_title, other_index, other_section])
    assert proposal is not None
    assert len(proposal.lines) == 6


@given(
    st.lists(
        st.builds(
            due,
            st.integers().map(str),
            st.sampled_from(["01-01", "01-02", "02-01"]),
            st.sampled_from(["Журнал", "Переписка"]),
            year=st.integers(1990, 2040),
            volumes=st.integers(1, 9),
        ),
        min_size=1,
        unique_by=lambda case: case.id,
    )
)
def test_no_case_is_lost_or_listed_twice(cases: list[DueCase]) -> None:
    proposal = propose(cases)
    assert proposal is not None
    listed = [case for line in proposal.lines for case in line.cases]
    assert sorted(listed) == sorted(case.id for case in cases)
    assert proposal.volumes == sum(case.volumes for case in cases)
    assert propose(reversed(cases)) == proposal
