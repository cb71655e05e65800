"""The command line of scripts/docs."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import pdoc.doc
import pdoc.render

from documenting.pages import SOURCE, load_pages
from documenting.references import broken_references


def main(folder: Path) -> int:
    """Build every page; 1 when anything about them is wrong."""
    # No constant of the library comes from the environment: that one is equal to a variable means nothing.
    os.environ["PDOC_DISPLAY_ENV_VARS"] = "1"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pages = load_pages()
        _write(pages, folder)
    wrong = [str(warning.message) for warning in caught] + list(broken_references(pages, folder))
    for problem in wrong:
        print(f"scripts/docs: {problem}", file=sys.stderr)
    if wrong:
        return 1
    print(f"scripts/docs: {len(pages)} pages, begin with {folder / 'evmeter_client.html'}")
    return 0


def _write(pages: Mapping[str, pdoc.doc.Module], folder: Path) -> None:
    pdoc.render.configure(
        docformat="google", edit_url_map={"evmeter_client": SOURCE}, footer_text="aioevmeter"
    )
    for name, page in pages.items():
        file = folder / f"{name.replace('.', '/')}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(pdoc.render.html_module(page, pages), encoding="utf-8")
    (folder / "index.html").write_text(pdoc.render.html_index(pages), encoding="utf-8")
    (folder / "search.js").write_text(pdoc.render.search_index(pages), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
