"""Where the Chinese font lies, and that part of it which a text needs."""

import io
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata, util
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

PACKAGE, FAMILY = "zhplot", "Noto Sans SC"


@lru_cache(maxsize=1)
def font_path() -> Path | None:
    """Noto Sans SC (OFL) as a TrueType file, or None where it is not installed.

    The package that carries it is never imported: importing it would change matplotlib's settings
    for everybody.
    """
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    found = (Path(str(file.locate())) for file in files if file.suffix.lower() == ".ttf")
    return next((path for path in found if path.is_file()), None)


def font_part(signs: Iterable[str]) -> tuple[str, bytes] | None:
    """The glyphs of some signs as a web font, or None where the font is missing.

    Parameters
    ----------
    signs : texts; a sign the font does not have is left out

    Returns
    -------
    The format, ``woff2`` where its compression is installed and else ``woff``, and the file.
    """
    path = font_path()
    return None if path is None else _part(path, "".join(sorted(set("".join(signs)))))


@lru_cache(maxsize=4)
def _part(path: Path, signs: str) -> tuple[str, bytes]:
    options = Options()
    options.flavor = "woff2" if util.find_spec("brotli") else "woff"
    options.hinting = False
    options.layout_features = ["locl", "vert"]  # nothing else of it shows on a page
    options.name_IDs = [0, 1, 2, 13, 14]  # the licence stays with the glyphs
    file = io.BytesIO()
    subsetter = Subsetter(options)
    subsetter.populate(text=signs)
    with load_font(str(path), options) as font:
        subsetter.subset(font)
        save_font(font, file, options)
    return str(options.flavor), file.getvalue()
