"""Checks of explainers and report sections: those of the core on this technique, and those that the plug-in brings."""

from specquant import contracts
from specquant.errors import SettingError
from specquant.explainers import open_explainer
from specquant.fits import LeastSquares
from specquant.report import SampleResult
from specquant.testing.registry import Inapplicable, check
from specquant.testing.subject import Subject


@check("nnls_finds_a_pure_element")
def explainers_keep_the_contract(subject: Subject) -> None:
    """Explainers of the plug-in give an ATTRIBUTION of a quantifier, or of its answer to a spectrum."""
    plugin = subject.plugin
    if not plugin.explainers:
        raise Inapplicable("the plug-in brings no explainers")
    quantifier = LeastSquares(plugin.technique, subject.library)
    for name, factory in plugin.explainers.items():
        explainer = open_explainer(factory, name, plugin.origin)
        try:
            attribution = explainer.explain(quantifier)
        except SettingError:  # it needs spectra
            attribution = explainer.explain(quantifier, subject.spectra(subject.pure[:1]))
        contracts.check(attribution, "ATTRIBUTION", f"explainer {name}")


@check("nnls_finds_a_pure_element")
def sections_are_written(subject: Subject) -> None:
    """Report sections of the plug-in are written for one spectrum, and for none."""
    plugin = subject.plugin
    if not plugin.sections:
        raise Inapplicable("the plug-in brings no report sections")
    spectra = subject.spectra(subject.pure[:1])
    composition = LeastSquares(plugin.technique, subject.library).quantify(spectra)
    sample = SampleResult("file.csv", "pure", (), spectra, {"nnls": composition}, None)
    for section in plugin.sections:
        section.write(plugin.technique, [sample])
        section.write(plugin.technique, [])
