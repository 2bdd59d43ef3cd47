"""Surveys that do not say which source they were taken with: the fit tells it by their lines."""

from dataclasses import replace

from specquant.session import open_session
from specquant.spectra import Spectra
from specquant_xps.header_hints import AL_K_ALPHA

COUNT = 4
"""Fresh surveys with magnesium."""


def test_magnesium_is_found_where_aluminium_does_not_explain_a_survey() -> None:
    session = open_session("xps")
    field = session.technique.recipe("field")
    magnesium = next(kind for kind in field.instruments if kind.values["photon_energy"] < AL_K_ALPHA)
    recipe = replace(field, instruments=(magnesium,), unstated={"photon_energy": 1.0})
    drawn = session.synthesizer(recipe, 3, "evaluation").spectra(0, COUNT)
    answer = session.methods(["hybrid"])["hybrid"].answer(Spectra.of(drawn, session.technique, "test"))
    said = ["photon_energy 1253.6 eV, by the lines" in remark for remark in answer.each_remark]
    assert sum(said) >= COUNT // 2
