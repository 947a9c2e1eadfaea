"""A user's class that was written for version 0.1 is refused with the names of today, not half obeyed."""

from __future__ import annotations

import pytest

from disentcli import registry
from disentcli.errors import DisentError
from disentcli.registry import catalog
from disentcli.registry.renamed import RENAMED


def test_an_old_name_is_refused_with_the_new_one() -> None:
    class Old:
        code = "old"

        def views(self) -> int:
            return 2

    with pytest.raises(DisentError) as refused:
        registry.method("old")(Old)
    assert "`code` is `short_name`, `views` is `num_views`" in str(refused.value)
    assert "old" not in registry.registered("method")


@pytest.mark.parametrize("kind", RENAMED)
def test_the_new_names_are_members_of_our_components(kind: str) -> None:
    members = {name for entry in catalog.entries(kind) for name in dir(catalog.resolve(kind, entry.name))}
    assert members >= set(RENAMED[kind].values())
    assert not members & set(RENAMED[kind])
