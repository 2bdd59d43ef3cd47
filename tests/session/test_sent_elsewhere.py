"""Sessions and results can be sent to other processes, as joblib and others do."""

import copy
import pickle

import pytest

import specquant
from specquant.session import Session


@pytest.mark.parametrize("technique", ["xps", "eds"])
def test_a_session_and_its_result_are_the_same_elsewhere(technique: str) -> None:
    session = specquant.open(technique)
    example = session.technique.example
    assert example is not None
    result = session.quantify(example.path, method="nnls")
    there: Session = pickle.loads(pickle.dumps(session))
    assert str(there.quantify(example.path, method="nnls")) == str(result)
    assert str(pickle.loads(pickle.dumps(result))) == str(copy.deepcopy(result)) == str(result)
