"""`python -m docs.generate` writes docs/reference anew."""

from pathlib import Path

from disentcli.config.config_store import ConfigStore

from .pages import FOLDER, PAGES

FOLDER.mkdir(exist_ok=True)
for name, page in PAGES.items():
    (FOLDER / f"{name}.md").write_text(page(ConfigStore({}, Path.cwd())), encoding="utf-8")
