"""The memory of listings that Spotify gets wrong."""

from music_assets.landing.listing_memory import ListingMemory


def test_an_owner_with_an_unusable_entry_rests_after_two_answers_that_are_alike() -> None:
    memory = ListingMemory()
    memory.judge_owners({"album": (10, 9)}, spoilt=["album"])
    assert not memory.is_settled("album", 10, 9)
    memory.judge_owners({"album": (10, 9)}, spoilt=["album"])
    assert memory.is_settled("album", 10, 9)


def test_an_owner_whose_total_has_changed_is_asked_for_twice_again() -> None:
    memory = ListingMemory()
    for _ in range(2):
        memory.judge_owners({"album": (10, 9)}, spoilt=["album"])
    memory.judge_owners({"album": (12, 11)}, spoilt=["album"])
    assert not memory.is_settled("album", 12, 11)


def test_an_owner_that_came_whole_is_forgotten() -> None:
    memory = ListingMemory()
    memory.judge_owners({"album": (10, 9)}, spoilt=[])
    memory.judge_owners({"album": (10, 10)}, spoilt=[])
    assert memory == ListingMemory()
    assert memory.is_settled("album", 10, 10)
