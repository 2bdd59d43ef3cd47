"""Letters of texts in any encoding: read right where they can be known, and a note where they are guessed."""

from pathlib import Path

import numpy as np
import pytest

import edsfiles
import xpsfiles
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant.readers.decoding import as_utf8, decoded, decoded_with_guess, lines_in
from specquant.technique import RawSpectrum

ROWS = "\n".join(f"{energy:g}\t{1000 + energy % 17:g}" for energy in np.arange(0, 1200, 0.5))

NAMED = {
    "cp932": ("試料名: 二酸化チタン\nエネルギー (eV)\t強度\n", "Shift-JIS"),
    "gb18030": ("样品名称: 二氧化钛\n结合能 (eV)\t强度\n", "GBK"),
    "big5": ("樣品名稱: 二氧化鈦\n結合能 (eV)\t強度\n", "Big5"),
    "cp949": ("시료명: 이산화 티타늄\n결합 에너지 (eV)\t세기\n", "EUC-KR"),
    "euc_jp": ("試料名: 二酸化チタン\nエネルギー (eV)\t強度\n", "EUC-JP"),
    "cp1251": ("Образец: диоксид титана\nЭнергия связи (эВ)\tИнтенсивность\n", "Windows-1251"),
    "koi8_r": ("Образец: диоксид титана\nЭнергия связи (эВ)\tИнтенсивность\n", "KOI8-R"),
    "cp1252": ("Probe: „Größe“ – 5 µm, Winkel 45°, 10 Å\nEnergie (eV)\tZähler\n", "Windows-1252"),
    "cp1250": ("Vzorek: ocel č. 5, tloušťka\nEnergie\tPočet\n", "Windows-1250"),
    "cp1253": ("Δείγμα: οξείδιο του τιτανίου, α 5 µm\nE\tI\n", "Windows-1253"),
}

SIGNS = "Größe: thickness 5 µm, angle 45°, 10 Å, ±2\nE\tI\n"


@pytest.mark.parametrize("encoding", NAMED)
def test_the_encoding_is_found_by_the_letters_of_the_header(encoding: str) -> None:
    header, name = NAMED[encoding]
    data = (header + ROWS).encode(encoding)
    assert decoded(data) == header + ROWS
    assert decoded_with_guess(data)[1] == name


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_signs_and_words_of_the_west_and_unicode_are_no_guess(encoding: str) -> None:
    data = (SIGNS + ROWS).encode(encoding)
    assert lines_in(data)[:2] == SIGNS.splitlines()
    assert decoded_with_guess(data)[1] == ""


def test_utf_16_without_a_mark_is_known_by_its_numbers() -> None:
    header = "Образец " * 20 + "α-Fe\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert decoded((header + ROWS).encode(encoding)) == header + ROWS


def test_bytes_that_are_no_text_are_not_looked_at() -> None:
    binary = bytes(range(256)) * 4
    assert as_utf8(binary) == binary
    assert decoded_with_guess(binary)[1] == ""


def test_a_letter_cut_off_by_the_end_of_the_head_spoils_no_other() -> None:
    head = "# 試料\n1 2\n# 料".encode()[:-1]
    assert as_utf8(head).decode() == "# 試料\n1 2\n# "


def written(path: Path, data: bytes) -> RawSpectrum:
    path.write_bytes(data)
    return read_file(path)[0]


def test_a_guess_is_told_and_certain_letters_are_not(tmp_path: Path) -> None:
    header, name = NAMED["cp932"]
    guessed = written(tmp_path / "a.txt", (header + ROWS).encode("cp932"))
    assert guessed.header["header"] == header.splitlines()
    (said,) = xpsfiles.noted(guessed, NoteKind.ASSUMED)
    assert said.startswith(f"letters are read as {name}")
    assert not written(tmp_path / "b.txt", (header + ROWS).encode()).facts.notes
    assert not written(tmp_path / "c.txt", (SIGNS + ROWS).encode("latin-1")).facts.notes


def test_letters_in_the_name_of_the_file_alone_are_no_guess(tmp_path: Path) -> None:
    assert not written(tmp_path / "試料.txt", b"# 5 \xb5m\n" + ROWS.encode()).facts.notes


def test_formats_of_both_plug_ins_keep_their_letters(tmp_path: Path) -> None:
    from specquant_eds.emsa import read as read_emsa
    from specquant_xps.readers.phi import read as read_phi
    from specquant_xps.readers.vamas import read as read_vamas

    title = "二酸化チタンの薄膜"
    vamas = tmp_path / "a.vms"
    vamas.write_bytes(xpsfiles.vamas().replace(b"Survey", title.encode("cp932")))
    assert title in read_vamas(vamas)[0].name
    emsa = edsfiles.write_emsa(tmp_path / "a.msa", np.full(1024, 9.0), TITLE="title")
    emsa.write_bytes(emsa.read_bytes().replace(b"title", "Größe 5 µm".encode("latin-1")))
    assert read_emsa(emsa)[0].name == "Größe 5 µm"
    phi = tmp_path / "a.spe"
    phi.write_bytes(xpsfiles.phi_spe(FileDesc="TITLE").replace(b"TITLE", title.encode("cp932")))
    assert title in str(read_phi(phi)[0].header)
