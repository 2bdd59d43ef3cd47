from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from specquant.discovery import load_plugin
from specquant.notes import Note, NoteKind, beside_verdict, in_order, joined
from specquant.session.notes import notes_of
from specquant.spectra import Spectra
from specquant.technique import Facts


@pytest.mark.parametrize(
    ("kind", "printed"),
    [
        (NoteKind.STATED, "given: as it is"),
        (NoteKind.CORRECTION, "correction: as it is"),
        (NoteKind.ASSUMED, "assumed: as it is"),
        (NoteKind.AXIS_OFFSET, "offset: as it is"),
        (NoteKind.LEFT_OUT, "left out: as it is"),
        (NoteKind.CONTRADICTION, "not this technique: as it is"),
        (NoteKind.WARNING, "warning: as it is"),
        (NoteKind.HINT, "hint: as it is"),
        (NoteKind.REMARK, "as it is"),
    ],
)
def test_a_note_is_printed_after_its_kind(kind: NoteKind, printed: str) -> None:
    assert str(Note(kind, "as it is", "beam")) == printed


def test_every_kind_is_printed_differently() -> None:
    assert len({str(Note(kind, "text")) for kind in NoteKind}) == len(NoteKind) == 9


def test_notes_are_values() -> None:
    assert Note(NoteKind.WARNING, "a", "counts") == Note(NoteKind.WARNING, "a", "counts")
    assert len({Note(NoteKind.WARNING, "a"), Note(NoteKind.WARNING, "a"), Note(NoteKind.REMARK, "a")}) == 2


def test_notes_are_ordered_by_kind_and_keep_their_order_within() -> None:
    came = [
        (NoteKind.REMARK, "1"),
        (NoteKind.WARNING, "2"),
        (NoteKind.STATED, "3"),
        (NoteKind.WARNING, "4"),
        (NoteKind.LEFT_OUT, "5"),
        (NoteKind.STATED, "6"),
    ]
    ordered = in_order(tuple(Note(kind, text) for kind, text in came))
    assert [note.text for note in ordered] == ["3", "6", "5", "2", "4", "1"]
    assert in_order(ordered) == ordered
    assert in_order(()) == ()


def test_beside_a_verdict_stands_what_its_reasons_do_not_say() -> None:
    tilted, busy, other = (Note(NoteKind.WARNING, text) for text in ("tilted", "busy", "hybrid: poor"))
    notes = (Note(NoteKind.CONTRADICTION, "a film"), tilted, busy, other, Note(NoteKind.REMARK, "tilted"))
    assert beside_verdict(notes, ("tilted", "a film")) == (busy, other, Note(NoteKind.REMARK, "tilted"))
    assert beside_verdict(notes) == notes[1:]


@pytest.mark.parametrize(
    ("remarks", "said"),
    [
        ((), ""),
        (("", ""), ""),
        (("", "It is so."), "It is so."),
        (("Poor. These are of cnn.", "", "there is Al"), "Poor. These are of cnn; there is Al"),
    ],
)
def test_remarks_are_joined_without_a_full_stop_between(remarks: tuple[str, ...], said: str) -> None:
    assert joined(*remarks) == said


def test_hints_are_said_only_where_the_answer_is_not_good(thirdparty: Path) -> None:  # noqa: ARG001
    technique = load_plugin("toy").technique
    hint, remark = Note(NoteKind.HINT, "in keV it would begin at 480 eV", "axis"), Note(NoteKind.REMARK, "measured")
    verdicts = ("good", "doubtful", "not quantified")
    counts = np.ones((3, technique.axis.size), np.float32)
    facts = (Facts(notes=(hint, remark)),) * 3
    spectra = Spectra(counts, counts > 0, np.zeros((3, len(technique.stated))), facts=facts)
    judged = {"nnls": xr.Dataset({"verdict": ("sample", list(verdicts))})}
    said = notes_of(technique, spectra, judged, {})
    assert dict(zip(verdicts, said, strict=True)) == {
        "good": (remark,),
        "doubtful": (hint, remark),
        "not quantified": (hint, remark),
    }
    assert notes_of(technique, spectra, {"nnls": xr.Dataset()}, {})[0] == (remark,)
