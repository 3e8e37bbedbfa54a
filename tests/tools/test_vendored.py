"""What others wrote and we carry along is unchanged, and says where it comes from."""

import hashlib
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "backend" / "static" / "vendor"
PACKAGES = sorted(folder for folder in VENDOR.iterdir() if folder.is_dir())


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_a_vendored_package_is_what_its_version_file_says(folder: Path) -> None:
    _, *lines = (folder / "VERSION").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split() for line in lines)}
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir() if file.is_file()}
    found.pop("VERSION")
    assert found == listed
    assert "LICENSE" in found
