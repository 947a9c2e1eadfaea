"""Isaac3D, Falcor3D and CelebA as a user gets and trains on them: files fetched by hand, ten steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..conftest import Fig, command_environment
from ..data.download.picture_samples import SMALL, pictures_of, write_celeba, zipped


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "config", "summary"),
    [
        (["isaac3d"], "d/isaac3d", "48 images, CC-BY-4.0"),
        (["falcor3d"], "d/falcor3d", "24 images, CC-BY-4.0"),
        (["celeba"], "d/celeba", "60 images, non-commercial research only"),
        (["celeba", "--cat", 128], "d/celeba128", "60 images, non-commercial research only"),
    ],
)
def test_a_dataset_fetched_by_hand_trains(
    fig: Fig, tmp_path: Path, call: list[object], config: str, summary: str
) -> None:
    given = write_celeba(tmp_path / "given", 60)
    (given / "Isaac3D_down128.zip").write_bytes(zipped(pictures_of("isaac3d")))
    (given / "Falcor3D_down128.zip").write_bytes(zipped(pictures_of("falcor3d")))
    small = {f"{name}_64": {"sizes": sizes} for name, sizes in SMALL.items()}
    small |= {name: {"count": 60} for name in ("celeba_64", "celeba_128")}
    (tmp_path / "sources.yaml").write_text(json.dumps(small))
    environment = command_environment(tmp_path / "data", tmp_path / "runs")
    environment["DISENTCLI_SOURCES"] = str(tmp_path / "sources.yaml")
    fetched = fig("download-dataset", *call, "--from", given, env=environment)
    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert summary in fetched.stdout
    trained = fig("train", "m/vae", config, "--budget", 10, "--dataset.batch-size", 4, env=environment)
    assert trained.returncode == 0, trained.stderr
    assert "completed at step 10" in trained.stdout
