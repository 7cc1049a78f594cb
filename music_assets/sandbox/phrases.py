"""Names of artists, titles of albums and of songs, as a person would believe them.

Each is a function of the 32 bytes that decide everything about an object: a pattern, and a word for
each of its gaps. Songs may share a title, as in life. No name is meant to be a real artist's, and
none holds quotes, markup, or anything else that careless code trips over.
"""

import string
from collections.abc import Sequence
from typing import Literal

Kind = Literal["artist", "album", "track"]

WORDS = {
    "given": (
        "Ilse", "Marek", "Tova", "Juno", "Anselm", "Odile", "Rasmus", "Linnea", "Teodor", "Imke",
        "Casimir", "Noor", "Saskia", "Maren", "Joaquim", "Wanda", "Emeka", "Zofia", "Idris",
        "Mirela", "Otis", "Freya", "Nils", "Aurelia", "Tomasz", "Beatriz", "Zoë", "Agnès", "Björn",
        "Inês",
    ),
    "family": (
        "Vantorp", "Quillhaven", "Marrowby", "Thistlecroft", "Brandholt", "Kesterling", "Halloweg",
        "Winterlund", "Fernacre", "Oosterling", "Drakelow", "Pellworth", "Sandovar", "Lindquarry",
        "Morrowfield", "Tarnbrook", "Ostwick", "Carrowmere", "Hollowmark", "Silverstrand",
        "Eikelberg", "Bellamare", "Stormvik", "Åkerdal", "Peñalva", "Łozina",
    ),
    "colour": (
        "Amber", "Copper", "Ivory", "Indigo", "Scarlet", "Ochre", "Pewter", "Teal", "Crimson",
        "Saffron", "Cobalt", "Mauve",
    ),
    "players": (
        "Weathervanes", "Cartographers", "Night Ferries", "Orchardists", "Lamplighters",
        "Semaphores", "Beekeepers", "Tidal Clocks", "Paper Kites", "Archivists", "Gondoliers",
        "Understudies",
    ),
    "ensemble": (
        "Collective", "Assembly", "Quartet", "Ensemble", "Society", "Choir", "Orchestra", "Trio",
    ),
    "place": (
        "Lisbon", "Reykjavík", "Tromsø", "Málaga", "the North", "Ghent", "Valparaíso", "Kyoto",
        "Trieste", "the Valley", "Montréal", "Antwerp", "Oaxaca", "the Suburbs", "Tallinn",
        "the Harbour", "Marseille", "Galway", "the Delta", "Zürich",
    ),
    "adjective": (
        "Quiet", "Distant", "Golden", "Broken", "Electric", "Hollow", "Restless", "Slow", "Bright",
        "Paper", "Wild", "Tender", "Midnight", "Borrowed", "Silver", "Lonely", "Faded", "Velvet",
        "Sleepless", "Crooked", "Open", "Early", "Weightless", "Northern", "Blue", "Hidden",
        "Patient", "Burning", "Second", "Unfinished",
    ),
    "noun": (
        "Lantern", "River", "Harbour", "Mirror", "Garden", "Summer", "Signal", "Orchard", "Compass",
        "Thunder", "Winter", "Window", "Station", "Horizon", "Shoreline", "Satellite", "Carousel",
        "Avalanche", "Gravity", "Echo", "Bonfire", "Staircase", "Cathedral", "Postcard", "Daylight",
        "Telescope", "Undertow", "Hurricane", "Meadow", "Porcelain", "Static", "Voltage",
        "Snowfall",
        "Parade", "Embers", "Driftwood", "Monsoon", "Lighthouse", "Feather", "Cinnamon",
    ),
    "thing": (
        "the Tide", "the Moon", "Silence", "the Rain", "Smoke", "the Morning", "Dust", "Honey",
        "the Storm", "Salt", "the Wires", "Gold", "the Distance", "Thorns", "the Ocean", "Stone",
    ),
    "things": (
        "Streets", "Letters", "Rooms", "Birds", "Lights", "Roads", "Promises", "Rivers", "Shadows",
        "Seasons", "Strangers", "Islands", "Ghosts", "Colours", "Mountains", "Satellites",
    ),
    "verb": (
        "Follow", "Forget", "Carry", "Hold", "Chase", "Remember", "Cross", "Burn", "Catch", "Leave",
    ),
    "time": (
        "Midnight", "Sunday", "November", "Daybreak", "Tomorrow", "the Weekend", "Half Past Nine",
        "August", "Last Year", "the Evening", "Monday Morning", "Winter",
    ),
    "phrase": (
        "Nothing Left to Carry", "We Were Almost Home", "Say It Again Slowly", "All the Way Down",
        "You Know the Way", "Stay a Little Longer", "What the Water Said", "Not Like This",
        "I Never Learned to Swim", "Somebody Else", "Turn the Lights Back On", "Only for a While",
        "This Could Be Easy", "Keep Your Coat On", "Everything in Its Season", "Please Be Kind",
        "Call Me When You Land", "One More for the Road Home", "Too Late to Telephone",
        "Don Quixote on the Night Bus", "It Takes Time", "When the City Sleeps", "Half of Me",
        "Ask Me in the Morning", "The Dog Knows Better", "Anywhere but Here Again",
        "You Said You Would Write", "Nobody Dances Alone", "Two Sugars No Milk", "Let It Snow Then",
        "What Was I Saying", "Where Did July Go", "Good Enough for Now", "A Small Mistake",
        "Borrowing Your Sweater", "My Mother Was Right", "Wake Me Gently", "Never Mind the Weather",
    ),
    "foreign": (
        "Canción de la Lluvia", "Été sans Fin", "Über den Dächern", "Saudade do Mar",
        "夜明けの列車", "Снег в апреле", "Παλιό Λιμάνι", "먼 바다", "Blå Timme", "Žlutý Vlak",
        "Noche en Cádiz", "La Dernière Marée", "Pequeña Luz", "Zimní Světlo",
    ),
    "players_elsewhere": (
        "Сойка и Ветер", "夜渡りの舟", "Χαμένη Πυξίδα", "느린 등대", "Ørkenfugl",
        "Les Marées Lentes", "Niño de Sal", "Księżyc Polny", "Søvnløs Fugl", "Coração de Papel",
    ),
    "version": ("Live", "Acoustic", "Demo", "Remix", "Reprise", "Radio Edit"),
}  # fmt: skip

#: A pattern that stands here more often is chosen more often.
PATTERNS: dict[Kind, Sequence[str]] = {
    "artist": (
        *("{given} {family}",) * 5,
        *("The {colour} {players}",) * 3,
        *("{adjective} {noun}",) * 3,
        "{given} and the {players}",
        "{noun} {ensemble}",
        "{family} {ensemble}",
        "{players_elsewhere}",
    ),
    "album": (
        *("{adjective} {things}",) * 4,
        *("{adjective} {noun}",) * 3,
        *("{noun} and {thing}",) * 2,
        *("{phrase}",) * 2,
        *("Songs for {place}", "Before {time}", "{things} of {place}", "The {noun} Tapes"),
        "{noun}",
        "{foreign}",
    ),
    "track": (
        *("{adjective} {noun}",) * 12,
        *("{noun} in {place}", "{verb} the {noun}", "{noun} and {thing}") * 6,
        *("{adjective} {things}",) * 6,
        *("{verb} Me Until {time}", "{phrase}") * 3,
        *("Where the {things} Go", "No More {things}", "{time} in {place}", "Dear {given}"),
        *("{given} ({version})", "{adjective} {noun} ({version})", "{noun} ({version})"),
        *("{noun}", "{foreign}"),
    ),
}


def believable(kind: Kind, digest: bytes) -> str:
    """A name or title; bytes 0 to 7 of the digest decide."""
    number = int.from_bytes(digest[:8])
    number, pattern = divmod(number, len(PATTERNS[kind]))
    chosen = {}
    for _, gap, _, _ in string.Formatter().parse(PATTERNS[kind][pattern]):
        if gap:
            number, word = divmod(number, len(WORDS[gap]))
            chosen[gap] = WORDS[gap][word]
    return PATTERNS[kind][pattern].format(**chosen)
