"""An SVG picture as PNG, with a typeface of its own, so that it looks the same everywhere."""

from __future__ import annotations

from importlib.resources import as_file, files

from .svg import Picture

ZOOM = 2.0
MOST = 120_000_000
"""Pixels that a picture may have; a larger one is drawn smaller."""


def png(picture: Picture) -> bytes:
    """A picture as PNG, twice as large, as far as there is room."""
    import resvg_py

    zoom = min(ZOOM, (MOST / (picture.width * picture.height)) ** 0.5)
    folder = files("font_source_sans_pro").joinpath("files")
    with as_file(folder.joinpath("SourceSansPro-Regular.ttf")) as plain, as_file(
        folder.joinpath("SourceSansPro-Bold.ttf")
    ) as bold:  # fmt: skip
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=picture.text, zoom=zoom, skip_system_fonts=True, font_files=[str(plain), str(bold)],
                font_family="Source Sans Pro", sans_serif_family="Source Sans Pro",
            )
        )  # fmt: skip
