"""One open technique, the front door: plug-in, library, instrument, models, and what can be asked of them."""

from specquant.session.equipment import HYBRID, NETWORK
from specquant.session.fileresults import FileResult, Row
from specquant.session.opening import open_session, quantify
from specquant.session.results import Result
from specquant.session.session import Session

__all__ = ["HYBRID", "NETWORK", "FileResult", "Result", "Row", "Session", "open_session", "quantify"]
