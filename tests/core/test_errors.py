"""One root, one class per situation."""

import copy
import inspect
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from salesprocess import errors
from salesprocess.errors import (
    SalesProcessError,
    SalesProcessWarning,
    SeveralErrors,
    UnknownStage,
    WrongKind,
    gather,
    raise_together,
)
from salesprocess.money import Money
from salesprocess.verdicts import Decision, Finding, Reason

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
REASON = Reason("has", where="offer.entry", parameters={"fact": "seats"}, template="{fact} is not known")  # type: ignore[arg-type]  # pyright: ignore
DECISION = Decision("advance", "advance", "Advance to Offer", "lead", "offer", unmet=(REASON,))
SAMPLES: dict[str, tuple[Any, ...]] = {
    "SalesProcessError": ("it went wrong",),
    "SeveralErrors": ("several errors", [errors.OutOfRange("seats", 12, "at most 9")]),
    "WrongKind": ("seats", "five", "int"),
    "OutOfRange": ("seats", 12, "at most 9"),
    "InvalidMoney": ("amount", Decimal("Infinity"), "finite"),
    "NegativeAmount": ("amount", -5, "zero or more"),
    "ItemsMismatch": (Money(5, "EUR"), Money(6, "EUR")),
    "CurrencyMismatch": ("EUR", "NOK"),
    "MissingRate": (("SEK", "USD"), "EUR"),
    "NaiveDatetime": ("at", datetime(2026, 1, 5)),
    "NaiveRow": ("row 3, closed", datetime(2026, 1, 5)),
    "BackwardTime": ("ACME-1", AT, AT.replace(hour=10)),
    "UnknownName": (("ofer",), ("offer", "lead")),
    "UnknownStage": ("ofer", ("offer", "lead")),
    "UnknownTransition": ("advanse", ("advance",)),
    "UnknownActivity": ("cal", ("call",)),
    "UnknownFact": (["seat", "rooms"], ("seats",)),
    "UnknownTerm": ("amuont", ("amount",)),
    "UnknownObjection": ("3", ("2",)),
    "UnknownApproval": ("discount", ()),
    "UnknownRule": ("min_margn", ("min_margin",)),
    "UnknownRole": ("manger", ("deal_desk", "manager")),
    "UnknownSubject": ("discont", ("discount",)),
    "UnknownRequirement": ("x", ("offer.entry:has(seats)",)),
    "UnknownProcess": ("solar version 2", ("solar version 1",)),
    "UnknownField": ("amuont", ("amount",)),
    "UnknownDeal": ("ACME-2", ("ACME-1",)),
    "UnknownTemplate": ("startupp", ("startup",)),
    "UnknownLabel": ("Wno", ("Won",)),
    "OutcomeUndecided": ("won", ["x", "y"], ["a", "x", "y"]),
    "UnknownVersion": ("3", ("1", "2")),
    "UnknownLanguage": ("nn", ("en", "nb")),
    "UnknownPackage": ("acme", ("salesprocess",)),
    "UnknownOption": (["valve"], ("valves",)),
    "TemplateClash": ("solar", ("acme", "zenith")),
    "BrokenTemplate": ("solar", "acme", "it fails"),
    "InvalidTranslation": ("solar", ("stages.offer.label",), ("stages.ofer.label",)),
    "InvalidProcess": ("solar", (Finding("stage.duplicate", "error", "offer", "two stages have this name"),)),
    "InvalidCriterion": ("has: missing a required argument: 'fact'",),
    "ProcessClash": ("solar", 1),
    "WrongProcess": ("ACME-1", ("solar", 1), ("solar", 2)),
    "WrongStatus": ("ACME-1", "hold", "lost", ("open",)),
    "ReasonRequired": ("ACME-1", "amend", "it is lost"),
    "ActorRequired": ("ACME-1", "approve"),
    "KeyConflict": ("ACME-1", "msg-1", "noted(text=a)", "noted(text=b)"),
    "BrokenHistory": ("ACME-1", ("revision 3 stands where revision 2 belongs",)),
    "DuplicateDeal": (("ACME-1", "ACME-2"),),
    "MissingColumn": (("stage",), ("case", "activity")),
    "NoWorkingTime": ("typical_duration of offer",),
    "MigrationRefused": ("solar", 2, ("ACME-1: no stage offer",)),
    "InvalidDocument": ((("$.stages[2].name", "is no text"),),),
    "TransitionRefused": ("ACME-1", DECISION, ("lose",)),
    "CriterionFault": ("ACME-1", DECISION, ()),
    "NoHistory": ("no deal was opened before 2026",),
    "LeakyForecaster": ("CompetingRisks is fitted",),
    "SalesProcessWarning": ("take care",),
    "SmallSample": ("three deals stand behind this number",),
    "DriftingHistory": ("the record has changed its ways",),
    "Extrapolated": ("62% of the expected amount rests on ages that the record has not seen",),
    "ThinHistory": ("stage-weighted is used as a prior",),
}
CLASSES = {
    name: cls
    for name, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, Exception) and cls.__module__.startswith(errors.__name__)
}
each_error = pytest.mark.parametrize("name", list(CLASSES))


def sample(name: str) -> Exception:
    made: Exception = CLASSES[name](*SAMPLES[name])
    return made


def test_every_class_has_a_sample_and_every_sample_a_class() -> None:
    assert set(SAMPLES) == set(CLASSES)


@each_error
def test_it_survives_pickling_and_copying_with_everything_it_says(name: str) -> None:
    error = sample(name)
    again = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for other in (*again, copy.copy(error), copy.deepcopy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert repr(other) == repr(error)
        assert {key: str(value) for key, value in vars(other).items()} == {
            key: str(value) for key, value in vars(error).items()
        }


@each_error
def test_it_belongs_to_the_one_root_of_errors_or_of_warnings(name: str) -> None:
    warning = name in {"SalesProcessWarning", "SmallSample", "ThinHistory", "DriftingHistory", "Extrapolated"}
    assert issubclass(CLASSES[name], SalesProcessWarning if warning else SalesProcessError)


@each_error
def test_its_text_names_what_it_was_told(name: str) -> None:
    text = str(sample(name))
    spoken = [argument for argument in SAMPLES[name] if isinstance(argument, str)]
    assert text
    assert name == "SeveralErrors" or all(each in text for each in spoken)


@each_error
def test_it_says_why_it_exists(name: str) -> None:
    assert inspect.getdoc(CLASSES[name])
    assert CLASSES[name].__doc__


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("WrongKind", TypeError),
        ("InvalidCriterion", TypeError),
        ("OutOfRange", ValueError),
        ("InvalidMoney", ValueError),
        ("NaiveDatetime", ValueError),
        ("BackwardTime", ValueError),
        ("InvalidProcess", ValueError),
        ("BrokenHistory", ValueError),
        ("KeyConflict", ValueError),
        ("MissingRate", LookupError),
        ("MissingColumn", LookupError),
        ("UnknownStage", LookupError),
        ("SmallSample", UserWarning),
    ],
)
def test_it_is_also_the_builtin_it_resembles(name: str, builtin: type[Exception]) -> None:
    assert issubclass(CLASSES[name], builtin)


def test_an_error_without_a_text_is_named_by_its_class() -> None:
    assert str(SalesProcessError()) == "SalesProcessError"


def test_an_unknown_name_suggests_the_close_ones_each_once() -> None:
    error = UnknownStage(["ofer", "offr"], ["lead", "offer"])
    assert error.name == "ofer"
    assert error.names == ("ofer", "offr")
    assert error.close == ("offer",)
    assert str(error) == "no stage 'ofer', 'offr'; did you mean 'offer'?"


def test_an_unknown_name_that_resembles_nothing_lists_what_there_is() -> None:
    assert str(UnknownStage("zzz", ["lead", "offer"])) == "no stage 'zzz'; known: lead, offer"
    assert str(UnknownStage("zzz")) == "no stage 'zzz'; known: none"


def test_unknown_work_tells_how_to_record_it_all_the_same() -> None:
    assert str(errors.UnknownActivity("golf", ["call"])).endswith("(work outside the playbook: extra=True)")


def test_a_refusal_names_the_deal_the_stage_every_reason_and_what_is_possible() -> None:
    refused = errors.TransitionRefused("ACME-1", DECISION, ["lose", "to_lead"])
    assert refused.stage == "lead"
    assert refused.reasons == (REASON,)
    assert str(refused).splitlines() == [
        "deal 'ACME-1' in stage 'lead': advance is refused",
        "- offer.entry: seats is not known",
        "possible now: lose, to_lead",
    ]


def test_a_refused_opening_has_no_stage_and_nothing_is_possible() -> None:
    refused = errors.TransitionRefused("ACME-1", Decision("open", "open", "Open", None, "lead", unmet=(REASON,)), [])
    assert refused.stage is None
    assert str(refused).startswith("deal 'ACME-1': open is refused")
    assert str(refused).endswith("possible now: nothing")


def fails(error: SalesProcessError) -> Any:
    def check() -> None:
        raise error

    return check


def test_checks_that_pass_give_their_results_in_order() -> None:
    assert gather(lambda: 1, lambda: 2) == [1, 2]
    assert gather() == []


def test_one_failure_is_raised_as_itself() -> None:
    error = WrongKind("x", 1, "str")
    with pytest.raises(WrongKind) as caught:
        gather(lambda: 1, fails(error), lambda: 2)
    assert caught.value is error


def test_every_check_runs_and_all_failures_are_raised_together_without_nesting() -> None:
    first, second, third = (WrongKind(name, 1, "str") for name in "abc")
    with pytest.raises(SeveralErrors) as caught:
        gather(fails(first), fails(SeveralErrors("two", [second, third])), lambda: 1)
    assert caught.value.exceptions == (first, second, third)


def test_another_exception_is_not_held_back() -> None:
    with pytest.raises(ZeroDivisionError):
        gather(fails(WrongKind("x", 1, "str")), lambda: 1 // 0)


def test_nothing_to_raise_is_fine() -> None:
    raise_together([])


def test_a_group_splits_into_groups_of_its_kind() -> None:
    group = SeveralErrors("two", [WrongKind("a", 1, "str"), UnknownStage("b")])
    matching, rest = group.split(WrongKind)
    assert isinstance(matching, SeveralErrors)
    assert isinstance(rest, SeveralErrors)
    assert (len(matching.exceptions), len(rest.exceptions)) == (1, 1)


def test_a_number_too_long_to_be_written_is_told_all_the_same() -> None:
    assert str(errors.OutOfRange("seats", 10**5000, "at most 9")) == (
        "seats must be at most 9, got a value that cannot be written (int)"
    )
