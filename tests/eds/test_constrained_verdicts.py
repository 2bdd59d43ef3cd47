"""What a user says of the elements does not make an answer good that the spectrum contradicts."""

from specquant.session import open_session
from specquant.verdict import Ground, Verdict


def test_an_element_that_is_plainly_there_cannot_be_excluded_without_doubt() -> None:
    session = open_session("eds")
    assert session.technique.example is not None
    path = session.technique.example.path
    free = session.quantify(path)
    assert [one.verdict for one in free.judgements] == [Verdict.GOOD]
    without = session.quantify(path, exclude=[free.table[-1].element]).judgements[0]
    assert without.verdict is not Verdict.GOOD
    assert Ground.MISFIT in {reason.ground for reason in without.reasons}
    unharmed = session.quantify(path, exclude=["Au"]).judgements[0]
    assert unharmed.verdict is Verdict.GOOD
