"""What the tests of the EDS plug-in share: its technique and its rendered library, made once."""

import pytest

from specquant.discovery import load_technique
from specquant.library import PureLibrary, RenderedLibrary
from specquant.technique import Technique


@pytest.fixture(scope="session")
def technique() -> Technique:
    return load_technique("eds")


@pytest.fixture(scope="session")
def library(technique: Technique) -> PureLibrary:
    return RenderedLibrary(technique)
