"""How fast other programs fit one map: each is told the elements, and gives intensities alone.

Needs the extra ``peers``: HyperSpy, exspy, PyMca.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import nnls

Peer = Callable[[np.ndarray, np.ndarray, Sequence[str], np.ndarray], float]
"""Gets energies (channel,) in eV, counts (row, column, channel), elements and columns (column, channel), and returns
pixels per second of computing."""


def scipy_nnls(energy: np.ndarray, counts: np.ndarray, _elements: Sequence[str], columns: np.ndarray) -> float:
    """Non-negative least squares of SciPy, pixel by pixel, of the first pixels."""
    pixels = counts.reshape(-1, energy.size)[:2048].astype(float)
    matrix = np.ascontiguousarray(columns.T)
    began = time.process_time()
    for pixel in pixels:
        nnls(matrix, pixel)
    return len(pixels) / (time.process_time() - began)


def hyperspy_linear(energy: np.ndarray, counts: np.ndarray, elements: Sequence[str], _columns: np.ndarray) -> float:
    """HyperSpy's linear fit of a model with the elements' lines and a polynomial background."""
    import exspy

    signal = exspy.signals.EDSSEMSpectrum(counts.astype(np.float32))
    axis = signal.axes_manager[-1]
    axis.name, axis.units = "Energy", "keV"
    axis.scale, axis.offset = (energy[1] - energy[0]) / 1000.0, energy[0] / 1000.0
    signal.set_microscope_parameters(beam_energy=15.0, live_time=1.0, energy_resolution_MnKa=130.0)
    signal.set_elements(list(elements))
    signal.add_lines()
    model = signal.create_model()
    model.set_signal_range(0.25, 14.5)
    began = time.process_time()
    model.multifit(optimizer="lstsq", show_progressbar=False)
    return counts[..., 0].size / (time.process_time() - began)


def pymca_fast(energy: np.ndarray, counts: np.ndarray, elements: Sequence[str], _columns: np.ndarray) -> float:
    """PyMca's fast linear fit of X-ray fluorescence, with a polynomial background."""
    from PyMca5.PyMcaPhysics.xrf import ClassMcaTheory
    from PyMca5.PyMcaPhysics.xrf.FastXRFLinearFit import FastXRFLinearFit

    theory = ClassMcaTheory.McaTheory()
    configuration = theory.getStartingConfiguration()
    configuration["fit"].update(
        {"energy": [15.0], "energyweight": [1.0], "energyflag": [1], "energyscatter": [0], "scatterflag": 0}
    )
    configuration["fit"].update({"linearfitflag": 1, "stripflag": 0, "continuum": 4, "linpolorder": 4, "use_limit": 1})
    lowest, highest = np.searchsorted(energy, [800.0, 14_500.0])
    configuration["fit"].update({"xmin": int(lowest), "xmax": int(highest)})
    step = (energy[1] - energy[0]) / 1000.0
    configuration["detector"].update(
        {"zero": energy[0] / 1000.0, "gain": step, "noise": 0.06, "fano": 0.114, "sum": 0.0}
    )
    heavy = {"Ba", "Pb", "Zr", "Sr"}
    configuration["peaks"] = {symbol: ["L"] if symbol in heavy else ["K"] for symbol in elements if symbol != "O"}
    theory.setConfiguration(configuration)
    theory.configure(configuration)
    fast = FastXRFLinearFit(mcafit=theory)
    began = time.process_time()
    fast.fitMultipleSpectra(
        x=np.arange(energy.size), y=counts.astype(np.float32), configuration=configuration, refit=1, concentrations=0
    )
    return counts[..., 0].size / (time.process_time() - began)


PEERS: dict[str, Peer] = {
    "SciPy NNLS": scipy_nnls,
    "HyperSpy linear": hyperspy_linear,
    "PyMca fast": pymca_fast,
}
