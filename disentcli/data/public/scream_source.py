"""The Scream, from which the dSprites variant `scream` takes its backgrounds: one picture, kept as it is."""

from __future__ import annotations

from pathlib import Path

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile, sniff


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless the file is a whole picture."""
    from PIL import Image

    from ..custom.image_files import FORMATS

    try:
        with Image.open(path, formats=FORMATS) as image:
            image.load()
    except (OSError, Image.DecompressionBombError) as error:
        raise WrongFile(f"it is not a whole picture ({sniff(path)})") from error


PICTURE = FormatReader(check)


@source("scream")
def scream() -> Source:
    """The Scream, the picture behind the sprites of d/sprites/scream and d/dsprites/scream."""
    return Source(
        name="scream",
        title="The Scream",
        call="scream",
        reader=PICTURE,
        files=(
            RemoteFile(
                name="scream.jpg",
                urls=("https://upload.wikimedia.org/wikipedia/commons/f/f4/The_Scream.jpg",),
                about=5_000_000,  # neither size nor checksum is published: that it is a picture is checked
                aliases=("The_Scream.jpg",),
                by_hand="https://commons.wikimedia.org/wiki/File:The_Scream.jpg",
            ),
        ),
        licence="public domain",
        citation="Edvard Munch, The Scream, 1893",
        homepage="https://commons.wikimedia.org/wiki/File:The_Scream.jpg",
        image=(274, 350, 3),
        count=1,
    )
