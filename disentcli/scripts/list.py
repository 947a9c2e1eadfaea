"""`fig list`: what exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script
from ..suggestions import unknown

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "saveroot",
    "dataroot",
    Setting("cat", str, None, "category of the one dataset that is listed: fig list datasets mpi --cat real"),
)
TAKES = "components|configs|datasets|figures|methods|metrics|runs"
NODES = ()
TOPICS = tuple(TAKES.split("|"))


@script("list")
def list_all(settings: Settings) -> int:
    """Lists components, configs, datasets, figures, methods, metrics or runs: fig list [what] [pattern]."""
    from ..console.terminal import echo
    from ..tables import listings

    topic, pattern = _asked(settings.words)
    library, saveroot = settings.library, settings.get("saveroot")
    text, category = "", settings.get("cat")
    if topic == "datasets" and pattern:
        text = listings.dataset_page(library, pattern, settings.get("dataroot"), category)
    if category is not None and not text:
        raise CallError(f"--cat {category} is of one dataset, as in fig list datasets mpi --cat real")
    if not topic:
        text = listings.overview(library, saveroot)
    elif topic == "configs":
        text = listings.config_list(library, pattern)
    elif topic == "runs":
        text = listings.run_list(saveroot, pattern)
    elif topic == "methods":
        text = listings.method_list(library, pattern)
    elif topic == "metrics":
        text = listings.metric_list(library, pattern)
    elif topic == "datasets" and not text:
        text = listings.dataset_list(library, pattern, settings.get("dataroot"))
    elif not text:
        text = listings.component_list(listings.KINDS_BY_TOPIC.get(topic), pattern)
    echo(text or f"no {topic} fit {pattern!r}")
    return 0


def _asked(words: list[str]) -> tuple[str, str]:
    """The topic and the pattern; CallError for what is neither."""
    if len(words) > 2:
        raise CallError(
            f"fig list takes what to list and one pattern, got {len(words)} words: {' '.join(words)}"
        )
    topic, pattern = [*words, "", ""][:2]
    if topic and topic not in TOPICS:
        raise CallError(unknown("topic", topic, TOPICS))
    return topic, pattern
