import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specquant.errors import ReadError, SpecquantError
from specquant.readers import read_file
from specquant_eds import spx
from specquant_eds.readers import READERS

COUNTS = [(5 * i) % 90 for i in range(40)]
FILE = """<?xml version="1.0" encoding="WINDOWS-1252" standalone="yes"?>
<TRTSpectrum><RTHeader/>
 <ClassInstance Type="TRTSpectrum" Name="Punkt 1 \xb5m">
  <TRTHeaderedClass>
   <ClassInstance Type="TRTSpectrumHardwareHeader">
    <RealTime>63440</RealTime><LifeTime>60227</LifeTime><DeadTime>5</DeadTime>
   </ClassInstance>
   <ClassInstance Type="TRTDetectorHeader"><TRTKnownHeader><Type>RTDetector</Type></TRTKnownHeader>
    <Type>XFlash 6|10</Type></ClassInstance>
   <ClassInstance Type="TRTESMAHeader"><PrimaryEnergy>2E1</PrimaryEnergy><ElevationAngle>3.5E1</ElevationAngle>
   </ClassInstance>
  </TRTHeaderedClass>
  <ClassInstance Type="TRTSpectrumHeader"><ChannelCount>40</ChannelCount><CalibAbs>-4.7715E-1</CalibAbs>
   <CalibLin>5.0E-3</CalibLin></ClassInstance>
  <Channels>@</Channels>
 </ClassInstance>
</TRTSpectrum>
""".replace("@", ",".join(map(str, COUNTS)))


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "point.spx"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("cp1252"))
    return path


def test_a_spectrum_with_its_scale_and_instrument(tmp_path: Path) -> None:
    (raw,) = read_file(write(tmp_path, FILE), READERS)
    np.testing.assert_allclose(raw.energy, -477.15 + 5.0 * np.arange(40))
    assert raw.counts.tolist() == COUNTS
    assert raw.name == "Punkt 1 \xb5m"
    assert raw.stated == pytest.approx({"beam_energy": 20000.0, "take_off_angle": 35.0})
    times = {"live_time": 60.227, "real_time": 63.44, "dead_time": 5.0}
    assert {key: raw.header[key] for key in times} == pytest.approx(times)
    assert raw.header["detector"] == "XFlash 6|10"
    assert "PrimaryEnergy: 2E1" in raw.header["header"]


def test_several_spectra_in_one_file(tmp_path: Path) -> None:
    start, stop = FILE.index(' <ClassInstance Type="TRTSpectrum"'), FILE.index("</TRTSpectrum>\n")
    both = FILE[:stop] + FILE[start:stop].replace("Punkt 1", "Punkt 2") + FILE[stop:]
    assert [raw.name for raw in read_file(write(tmp_path, both), READERS)] == ["Punkt 1 \xb5m", "Punkt 2 \xb5m"]


def test_one_that_x_rays_excited_says_so(tmp_path: Path) -> None:
    (raw,) = read_file(write(tmp_path, FILE.replace("TRTESMAHeader", "TRTXrfHeader")), READERS)
    assert raw.header["signal"] == "XRF"


def test_window_and_dead_layer_are_said(tmp_path: Path) -> None:
    layers = "<Type>XFlash 6|10</Type><WindowType>slew AP3.3</WindowType>"
    layers += "<SiDeadLayerThickness>0.029</SiDeadLayerThickness>"
    (raw,) = read_file(write(tmp_path, FILE.replace("<Type>XFlash 6|10</Type>", layers)), READERS)
    assert raw.header["window"] == "slew AP3.3"
    (note,) = raw.facts.notes
    assert note.text.startswith("dead layer 29 nm by the file")


def test_unknown_values_are_left_out(tmp_path: Path) -> None:
    (raw,) = read_file(write(tmp_path, FILE.replace("2E1", "0").replace("3.5E1", "-1")), READERS)
    assert raw.stated == {}


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>\n'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (FILE[:900], "is damaged"),
        (FILE.replace("<TRTSpectrum><RTHeader/>", BOMB + "<TRTSpectrum><RTHeader/>&c;"), "declares a document type"),
        (FILE.replace("<CalibLin>5.0E-3</CalibLin>", ""), "lacks its energy scale"),
        (FILE.replace("<CalibAbs>-4.7715E-1</CalibAbs>", ""), "lacks its energy scale"),
        (FILE.replace("5.0E-3", "50"), "channel width cannot be that of an EDS spectrum"),
        (FILE.replace("0,5,", "0,x,"), "in Channels"),
        (FILE.replace("0,5,", "0,", 1), "found 39 channels; wanted 40"),
        (FILE.replace('Type="TRTSpectrum"', 'Type="Other"'), "holds no spectrum"),
        (FILE.replace("WINDOWS-1252", "no-such-code"), "is damaged"),
        (FILE[: FILE.index("<Channels>")] + "</ClassInstance></TRTSpectrum>", "holds no counts"),
    ],
)
def test_what_cannot_be_trusted_is_refused(tmp_path: Path, content: str, says: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(ReadError, match=says) as caught:
        read_file(path, READERS)
    assert str(path) in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_damage_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    content = bytearray(FILE.encode("cp1252"))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        stop = min(len(content), start + data.draw(st.integers(0, 12)))
        content[start:stop] = data.draw(
            st.binary(max_size=6) | st.text("0123456789.,-<>/ eE", max_size=6).map(str.encode)
        )
    path = write(tmp_path_factory.getbasetemp(), bytes(content))
    try:
        spectra = spx.read(path)
    except SpecquantError:
        return
    assert all(raw.energy.shape == raw.counts.shape and raw.counts.size for raw in spectra)


def test_every_measured_file_reads_as_its_label_says(real_data: Path) -> None:
    with (real_data / "eds" / "labels.csv").open(newline="", encoding="utf-8") as file:
        labels = [row for row in csv.DictReader(file) if row["file"].endswith(".spx")]
    assert len(labels) == 2
    for row in labels:
        (raw,) = read_file(real_data / "eds" / row["file"], READERS)
        assert raw.energy.size == int(row["n_channels"])
        assert np.diff(raw.energy).mean() == pytest.approx(float(row["channel_eV"]), rel=1e-3)
        assert raw.counts.sum() == pytest.approx(float(row["total_counts"]), rel=1e-3)
        assert raw.stated["beam_energy"] == 1000 * float(row["beam_keV"])
        assert raw.header["live_time"] == pytest.approx(float(row["live_s"]), rel=1e-3)
