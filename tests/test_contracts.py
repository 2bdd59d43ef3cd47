import importlib.metadata
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from specquant.contracts import FORMAT, check, check_unit, load, provenance, save, stamp
from specquant.errors import ContractError, OutputError, ReadError

ENERGY = ("energy", np.arange(10.0, 15.0), {"units": "eV"})


def library() -> xr.Dataset:
    return xr.Dataset(
        {"density": (("component", "energy"), np.eye(2, 5)), "primary": (("component", "energy"), np.eye(2, 5))},
        {
            "energy": ENERGY,
            "element": ("component", ["Li", "O"]),
            "label": ("component", ["Li main", "O main"]),
            "group": ("component", ["main", "main"]),
        },
    )


def spectra() -> xr.Dataset:
    return xr.Dataset(
        {
            "counts": (("sample", "energy"), np.arange(15.0).reshape(3, 5)),
            "observed": (("sample", "energy"), np.ones((3, 5), dtype=bool)),
            "fraction": (("sample", "element"), np.array([[1.0, 0.0], [0.5, 0.5], [0.2, 0.8]])),
        },
        {"energy": ENERGY, "element": ["Li", "O"], "sample": ["a", "b", "c"]},
    )


def composition() -> xr.Dataset:
    fraction = np.array([[0.25, 0.75]])
    dims = ("sample", "element")
    unknown = np.full((1, 2), np.nan)
    variables = {"fraction": fraction, "lower": unknown, "upper": unknown, "presence": np.ones((1, 2))}
    return xr.Dataset({name: (dims, values) for name, values in variables.items()}, {"element": ["Li", "O"]})


def attribution() -> xr.Dataset:
    return xr.Dataset({"weight": (("sample", "element", "segment"), np.full((1, 2, 3), -0.5))})


GOOD = {"LIBRARY": library, "SPECTRA": spectra, "COMPOSITION": composition, "ATTRIBUTION": attribution}


@pytest.mark.parametrize("contract", GOOD)
def test_what_keeps_its_contract_passes_unchanged(contract: str) -> None:
    dataset = GOOD[contract]()
    assert check(dataset, contract, "test") is dataset


@pytest.mark.parametrize("contract", GOOD)
def test_files_are_read_back_identical(contract: str, tmp_path: Path) -> None:
    dataset = GOOD[contract]()
    path = save(dataset, contract, tmp_path / "folder" / "data.nc")
    xr.testing.assert_identical(load(path, contract), dataset.assign_attrs(contract=contract, format=FORMAT))


@pytest.mark.parametrize(
    ("contract", "variable"),
    [
        *[("LIBRARY", name) for name in ("density", "element", "label", "group")],
        *[("SPECTRA", name) for name in ("counts", "observed")],
        *[("COMPOSITION", name) for name in ("fraction", "lower", "upper", "presence")],
    ],
)
def test_what_is_required_must_be_there(contract: str, variable: str) -> None:
    with pytest.raises(ContractError, match=f"^here: {contract} lacks {variable}; found"):
        check(GOOD[contract]().drop_vars(variable), contract, "here")


@pytest.mark.parametrize(("contract", "variable"), [("LIBRARY", "primary"), ("SPECTRA", "fraction")])
def test_what_is_optional_may_be_left_out(contract: str, variable: str) -> None:
    check(GOOD[contract]().drop_vars(variable), contract, "here")


def test_attribution_needs_a_response_or_a_weight() -> None:
    with pytest.raises(ContractError, match="holds neither response nor weight"):
        check(attribution().drop_vars("weight"), "ATTRIBUTION", "here")
    check(xr.Dataset({"response": (("probe_energy", "element"), np.zeros((2, 2)))}), "ATTRIBUTION", "here")


@pytest.mark.parametrize(
    ("contract", "variable"), [("LIBRARY", "density"), ("SPECTRA", "counts"), ("COMPOSITION", "upper")]
)
def test_dimensions_are_named_and_ordered(contract: str, variable: str) -> None:
    dataset = GOOD[contract]()
    dataset[variable] = dataset[variable].T
    with pytest.raises(ContractError, match=f"{variable} has other dimensions; found .* wanted"):
        check(dataset, contract, "here")


@pytest.mark.parametrize(
    ("contract", "variable"),
    [("LIBRARY", "density"), ("LIBRARY", "primary"), ("SPECTRA", "counts"), ("COMPOSITION", "fraction")],
)
def test_values_are_not_negative_and_finite(contract: str, variable: str) -> None:
    dataset = GOOD[contract]()
    dataset[variable][0, 0] = -0.25
    with pytest.raises(ContractError, match=rf"{variable} is negative; found -0\.25; wanted >= 0"):
        check(dataset, contract, "here")
    dataset[variable][0, 0] = np.inf
    with pytest.raises(ContractError, match=f"{variable} holds values that are not finite"):
        check(dataset, contract, "here")


def test_whole_numbers_of_counts_are_checked_too() -> None:
    dataset = spectra()
    dataset["counts"] = dataset["counts"].astype(np.int64) - 1
    with pytest.raises(ContractError, match="counts is negative"):
        check(dataset, "SPECTRA", "here")


def test_fractions_sum_to_one() -> None:
    dataset = spectra()
    dataset["fraction"][1] = 0.45
    with pytest.raises(ContractError, match="fraction rows do not sum to 1"):
        check(dataset, "SPECTRA", "here")


@pytest.mark.parametrize(
    "energy",
    [
        pytest.param([14.0, 13.0, 12.0, 11.0, 10.0], id="descending"),
        pytest.param([10.0, 11.0, 11.0, 12.0, 13.0], id="repeated"),
        pytest.param([10.0, 11.0, 12.0, 13.0, 15.0], id="uneven"),
        pytest.param([10.0, np.nan, 12.0, 13.0, 14.0], id="nan"),
    ],
)
@pytest.mark.parametrize("contract", ["LIBRARY", "SPECTRA"])
def test_energy_ascends_evenly(contract: str, energy: list[float]) -> None:
    dataset = GOOD[contract]().assign_coords(energy=energy)
    with pytest.raises(ContractError, match="energy is not an ascending, even grid"):
        check(dataset, contract, "here")


def test_energy_is_in_the_unit_of_the_axis_and_must_be_there() -> None:
    kilo = spectra()
    kilo["energy"].attrs["units"] = "keV"
    with pytest.raises(ContractError, match="energy unit; found keV; wanted eV"):
        check_unit(kilo, "eV", "here")
    check_unit(kilo, "keV", "here")
    with pytest.raises(ContractError, match="has no energy coordinate"):
        check(spectra().drop_vars("energy"), "SPECTRA", "here")


def test_no_samples_are_a_valid_dataset() -> None:
    check(spectra().isel(sample=slice(0)), "SPECTRA", "here")


def test_what_breaks_its_contract_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"a\.nc: SPECTRA lacks counts"):
        save(spectra().drop_vars("counts"), "SPECTRA", tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []


def test_save_does_not_touch_the_dataset(tmp_path: Path) -> None:
    dataset = spectra()
    save(dataset, "SPECTRA", tmp_path / "a.nc")
    assert dataset.attrs == {}


def test_save_onto_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        save(spectra(), "SPECTRA", tmp_path)


def test_load_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"none\.nc: no such file"):
        load(tmp_path / "none.nc", "SPECTRA")


@pytest.mark.parametrize("content", [b"", b"energy,counts\n1,2\n", b"CDF\x01", b"\x89HDF\r\n\x1a\n" + bytes(64)])
def test_load_what_is_no_netcdf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(content)
    with pytest.raises(ReadError, match="is not a readable netCDF file") as caught:
        load(path, "SPECTRA")
    assert "\n" not in str(caught.value)


def test_load_a_truncated_file(tmp_path: Path) -> None:
    path = save(spectra(), "SPECTRA", tmp_path / "a.nc")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ReadError, match="is not a readable netCDF file"):
        load(path, "SPECTRA")


def test_load_another_kind_of_dataset(tmp_path: Path) -> None:
    path = save(library(), "LIBRARY", tmp_path / "a.nc")
    with pytest.raises(ContractError, match="holds another kind of dataset; found LIBRARY; wanted SPECTRA"):
        load(path, "SPECTRA")


def test_load_checks_files_of_others(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    spectra().drop_vars("observed").to_netcdf(path, engine="netcdf4")
    with pytest.raises(ContractError, match="SPECTRA lacks observed"):
        load(path, "SPECTRA")


def test_loaded_dataset_needs_its_file_no_more(tmp_path: Path) -> None:
    dataset = spectra().assign(shift=("sample", np.array([0.1, 0.2, 0.3])))
    path, other = (save(dataset, "SPECTRA", tmp_path / name) for name in ("a.nc", "b.nc"))
    with xr.set_options(file_cache_maxsize=1):
        loaded = load(path, "SPECTRA")
        load(other, "SPECTRA")
        path.unlink()
        assert loaded["shift"].values.tolist() == [0.1, 0.2, 0.3]


def test_stamp_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", {"specquant": "9.9"}.__getitem__)
    monkeypatch.setattr(provenance, "_version", provenance._version.__wrapped__)  # it is asked once a process
    dataset = spectra()
    stamped = stamp(dataset, "toy", "a.csv", seed=3)
    assert stamped.attrs == {"technique": "toy", "specquant_version": "9.9", "origin": "a.csv", "seed": 3}
    assert dataset.attrs == {}


@pytest.mark.parametrize("format_", [None, 1, 3])
@pytest.mark.parametrize("contract", GOOD)
def test_files_of_another_format_are_refused(tmp_path: Path, contract: str, format_: int | None) -> None:
    dataset = GOOD[contract]().assign_attrs(contract=contract, specquant_version="0.0.9")
    path = tmp_path / "a.nc"
    (dataset if format_ is None else dataset.assign_attrs(format=format_)).to_netcdf(path, engine="netcdf4")
    with pytest.raises(ContractError) as caught:
        load(path, contract)
    assert str(caught.value) == (
        f"{path}: {contract} of another version of specquant; found format {format_ or 1}, specquant 0.0.9;"
        f" wanted format {FORMAT}. Make the file again with this version."
    )


def test_files_of_other_programs_have_no_format(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    spectra().to_netcdf(path, engine="netcdf4")
    xr.testing.assert_identical(load(path, "SPECTRA"), spectra())


def test_stated_may_be_unknown_but_not_nameless() -> None:
    nameless = spectra()
    nameless["stated"] = (("sample", "parameter"), np.full((nameless.sizes["sample"], 1), np.nan))
    check(nameless.assign_coords(parameter=["voltage"]), "SPECTRA", "here")
    with pytest.raises(ContractError, match="stated has no names"):
        check(nameless, "SPECTRA", "here")


@pytest.mark.parametrize(
    ("contract", "variable", "dims"),
    [
        ("LIBRARY", "parameter_value", ("parameter",)),
        ("SPECTRA", "parameter_value", ("sample", "instrument_parameter")),
        ("SPECTRA", "candidates", ("sample", "element")),
    ],
)
def test_what_is_listed_has_names(contract: str, variable: str, dims: tuple[str, ...]) -> None:
    nameless = GOOD[contract]().drop_vars(["element", "fraction"] if variable == "candidates" else [])
    sizes = {**nameless.sizes, dims[-1]: 2}
    nameless[variable] = (dims, np.ones([sizes[dim] for dim in dims]))
    check(nameless.assign_coords({dims[-1]: ["a", "b"]}), contract, "here")
    with pytest.raises(ContractError, match=f"here: {contract} {variable} has no names: .* coordinate {dims[-1]}"):
        check(nameless, contract, "here")


def test_values_of_parameters_are_known() -> None:
    drawn = spectra().assign_coords(instrument_parameter=["gain"])
    drawn["parameter_value"] = (("sample", "instrument_parameter"), np.array([[1.0], [np.nan], [2.0]]))
    with pytest.raises(ContractError, match="SPECTRA parameter_value holds values that are not finite"):
        check(drawn, "SPECTRA", "here")


@pytest.mark.parametrize("values", [np.full((3, 5), "many"), np.zeros((3, 5), "datetime64[ns]"), np.ones((3, 5)) * 1j])
def test_counts_that_are_no_numbers(values: np.ndarray) -> None:
    with pytest.raises(ContractError, match="SPECTRA counts holds no numbers"):
        check(spectra().assign(counts=(("sample", "energy"), values)), "SPECTRA", "here")


def test_a_file_that_declares_more_than_it_can_hold(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "huge.nc", "w") as file:
        file.createDimension("component", 10**6)
        file.createDimension("energy", 10**6)
        file.createVariable("density", "f8", ("component", "energy"), zlib=True, chunksizes=(1, 1000))
    with pytest.raises(ReadError, match=r"huge\.nc: claims more data than it can hold; found \S+ bytes in \d+"):
        load(tmp_path / "huge.nc", "LIBRARY")


@pytest.mark.parametrize("name", ["contract", "format"])
def test_an_attribute_that_is_an_array_is_another(tmp_path: Path, name: str) -> None:
    attrs = {"contract": "SPECTRA", "format": FORMAT, name: [1.0, 2.0]}
    spectra().assign_attrs(attrs).to_netcdf(tmp_path / "a.nc")
    with pytest.raises(ContractError, match=r"another kind|another version"):
        load(tmp_path / "a.nc", "SPECTRA")


def test_a_unit_that_is_an_array_is_another(tmp_path: Path) -> None:
    dataset = spectra()
    dataset["energy"].attrs["units"] = [1.0, 2.0]
    dataset.to_netcdf(tmp_path / "a.nc")
    with pytest.raises(ContractError, match="energy unit"):
        load(tmp_path / "a.nc", "SPECTRA")


def test_texts_that_are_numbers() -> None:
    with pytest.raises(ContractError, match="LIBRARY element holds no text; found int64"):
        check(library().assign_coords(element=("component", [1, 2])), "LIBRARY", "here")
