from pathlib import Path

import pytest

from specquant.errors import OutputError, ReadError, SettingError
from specquant.journal import Journal, check_terms, checkpoint_beside, file_hash, open_journal

TERMS = {"--recipe": "article", "--seed": "1"}


def begun(path: Path, keys: tuple[str, ...] = ("a", "b", "c")) -> Path:
    """Leave a journal, as interrupted work does, and return its path."""
    with pytest.raises(KeyboardInterrupt), open_journal(path, TERMS) as journal:  # noqa: PT012
        for key in keys:
            journal.put(key, key.encode() * 1000, {"of": key})
        raise KeyboardInterrupt
    return checkpoint_beside(path)


def kept(path: Path) -> dict[str, bytes]:
    with open_journal(path, TERMS) as journal:
        records = {key: journal.get(key) for key in ("a", "b", "c", "d")}
    return {key: record[1] for key, record in records.items() if record is not None}


def test_interrupted_work_leaves_its_records_and_finished_work_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    checkpoint = begun(out)
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.name] == ["out.csv.checkpoint"]
    with open_journal(out, TERMS) as journal:
        assert len(journal) == 3
        assert journal.get("b") == ({"of": "b"}, b"b" * 1000)
        assert journal.get("d") is None
        journal.put("d", b"d")
    assert not list(tmp_path.iterdir())


def test_work_without_records_leaves_nothing(tmp_path: Path) -> None:
    begun(tmp_path / "out.csv", ())
    assert not list(tmp_path.iterdir())


def test_every_length_that_a_killed_process_can_leave_is_gone_on_from(tmp_path: Path) -> None:
    whole = begun(tmp_path / "out.csv").read_bytes()
    numbers = set()
    for length in range(0, len(whole), 7):
        checkpoint_beside(tmp_path / "out.csv").write_bytes(whole[:length])
        with open_journal(tmp_path / "out.csv", TERMS) as journal:
            numbers.add(len(journal))
            for key in "abc":
                if journal.get(key) is None:
                    journal.put(key, key.encode() * 1000)
            assert all(journal.get(key)[1] == key.encode() * 1000 for key in "abc")  # type: ignore[index]
    assert numbers == {0, 1, 2}
    assert not list(tmp_path.iterdir())


def test_a_damaged_record_is_as_none(tmp_path: Path) -> None:
    checkpoint = begun(tmp_path / "out.csv")
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"bbbb", b"bxbb", 1))
    assert set(kept(tmp_path / "out.csv")) == {"a", "c"}


@pytest.mark.parametrize("content", [b"no journal", b"{}", b"[" * 100_000, b'{"key": 3}\n', bytes(5000)])
def test_another_file_in_its_place_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    checkpoint = checkpoint_beside(tmp_path / "out.csv")
    checkpoint.write_bytes(content)
    with pytest.raises(ReadError, match=r"is not a checkpoint.*Delete it"):
        kept(tmp_path / "out.csv")
    assert checkpoint.read_bytes() == content


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    checkpoint_beside(tmp_path / "out.csv").symlink_to(tmp_path / "precious")
    with pytest.raises(OutputError, match="is a symbolic link"):
        kept(tmp_path / "out.csv")


def test_other_terms_are_refused_by_the_option_that_changed(tmp_path: Path) -> None:
    checkpoint = begun(tmp_path / "out.csv")
    before = checkpoint.read_bytes()
    words = r"begun with another --seed; found --seed 1; wanted --seed 2\..*delete it"
    with pytest.raises(SettingError, match=words), open_journal(tmp_path / "out.csv", {**TERMS, "--seed": "2"}):
        pass
    assert checkpoint.read_bytes() == before


def test_long_terms_are_shown_where_they_differ(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as error:
        check_terms({"--library": "x" * 1000 + "old"}, {"--library": "x" * 1000 + "new"}, tmp_path)
    assert "xxold" in str(error.value)
    assert "xxnew" in str(error.value)
    assert len(str(error.value)) < 400


def test_a_full_disc_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, file: object) -> None:
            self.file = file

        def __getattr__(self, name: str) -> object:
            return getattr(self.file, name)

        def write(self, part: memoryview) -> int:
            if len(part) > 10:
                return self.file.write(part[:10])  # type: ignore[no-any-return, attr-defined]
            raise OSError(28, "No space left on device")

    with (  # noqa: PT012
        pytest.raises(OutputError, match=r"checkpoint cannot be written; found No space left.*Make room there"),
        open_journal(tmp_path / "out.csv", TERMS) as journal,
    ):
        journal.put("a", b"a" * 1000)
        monkeypatch.setattr(journal, "_file", Full(journal._file))
        journal.put("b", b"b" * 1000)
    assert kept(tmp_path / "out.csv") == {"a": b"a" * 1000}


def test_hash_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a").startswith("ba7816bf")
    with pytest.raises(ReadError, match="cannot be read; found No such file"):
        file_hash(tmp_path / "b")


def test_a_journal_is_not_made_before_there_is_a_record(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "out.checkpoint", TERMS)
    journal.resume()
    assert journal.get("a") is None
    assert not list(tmp_path.iterdir())


def test_long_names_of_terms_are_cut(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as error:
        check_terms({f"{name}{'x' * 1000}": "old" for name in "abc"}, {}, tmp_path)
    assert len(str(error.value)) < 1000
